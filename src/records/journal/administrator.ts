/** Names who runs this command, for the journal: the Unix user, who called sudo, and who logged in. */
import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import type { Actor } from './act.js';

/** The kernel's value for a process without a login, such as a service. */
const NO_LOGIN = 4_294_967_295;

export function administrator(env: NodeJS.ProcessEnv = process.env): Actor {
  const { SUDO_USER: sudo } = env;
  const login = loginUid();
  return {
    by: `unix:${userName()}`,
    office: hostname(),
    sudo: sudo === undefined || sudo === '' ? undefined : `unix:${sudo.slice(0, 64)}`,
    login_uid: login,
  };
}

/** A user without an entry in the list of users has no name: the number identifies them. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `${process.geteuid?.() ?? 'unknown'}`;
  }
}

/** Set once at login and kept over sudo and su. Where the kernel has no audit system there is no such file. */
function loginUid(): number | undefined {
  try {
    const uid = Number(readFileSync('/proc/self/loginuid', 'utf8'));
    return Number.isInteger(uid) && uid !== NO_LOGIN ? uid : undefined;
  } catch {
    return undefined;
  }
}
