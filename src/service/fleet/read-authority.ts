/** Reads who may sign an order, with their keys. */
import { TwinstileError } from '../../base/errors.js';
import type { Authority } from '../../gate/operator-command/authority.js';
import { verifyingKey } from '../../gate/protocol/signature.js';
import { MAX_KEY_FILE, readPlainFile } from '../../platform/plain-file.js';
import type { Config } from '../config/config-schema.js';

/** @throws TwinstileError 'key-unusable'. */
export async function readAuthority({ commands }: Pick<Config, 'commands'>): Promise<Authority> {
  const operators = await Promise.all(
    commands.operators.map(async ({ id, key_file: file, permissions }) => {
      const key = verifyingKey(id, 'ed25519', await contentOf(file));
      return [id, { key, permissions: new Set(permissions) }] as const;
    }),
  );
  return {
    operators: new Map(operators),
    brokerUsers: new Map(
      commands.trust_broker
        ? commands.broker_users.map(({ id, permissions }) => [id, { permissions: new Set(permissions) }])
        : [],
    ),
  };
}

async function contentOf(file: string): Promise<Uint8Array> {
  try {
    return await readPlainFile(file, { maxBytes: MAX_KEY_FILE });
  } catch (cause) {
    throw new TwinstileError({
      code: 'key-unusable',
      message: `Expected the public key of an operator at ${file}, got nothing readable.`,
      hint: 'Make a pair with: twinstile keys new operator --out DIR, and copy operator.pub there.',
      cause,
    });
  }
}
