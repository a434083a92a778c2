/** Through a proxy to an https server: CONNECT (RFC 9110, 9.3.6), then TLS inside, so that the proxy sees no content. */
import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { TwinstileError } from '../../base/errors.js';
import { showAddress } from '../../base/shown-address.js';

export function throughProxy(proxy: URL, options: https.AgentOptions, silence: number): https.Agent {
  const agent = new https.Agent(options);
  agent.createConnection = ((
    target: { readonly host?: string; readonly port?: number | string; readonly servername?: string },
    done?: (error: Error | null, socket?: Duplex) => void,
  ) => {
    const place = `${target.host ?? ''}:${target.port ?? 443}`;
    const login = proxy.username !== '' && { 'proxy-authorization': basic(proxy) };
    const request = http.request({
      host: proxy.hostname,
      port: proxy.port === '' ? 80 : Number(proxy.port),
      method: 'CONNECT',
      path: place,
      timeout: silence,
      headers: { host: place, ...login },
    });
    request.on('timeout', () => request.destroy(new Error(`the proxy ${proxy.host} is silent`)));
    request.on('error', (error) => done?.(error));
    request.on('connect', ({ statusCode }, socket) => {
      if (statusCode === 200)
        done?.(null, tls.connect({ socket, servername: target.servername ?? target.host ?? '' }));
      else {
        socket.destroy();
        done?.(new Error(`the proxy ${proxy.host} says ${statusCode}`));
      }
    });
    request.end();
    return undefined;
  }) as unknown as typeof agent.createConnection;
  return agent;
}

const basic = ({ username, password }: URL): string =>
  `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;

/** HTTPS_PROXY and NO_PROXY as curl reads them: exact names, and names below a domain. */
export function proxyFor(address: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const proxy = env.HTTPS_PROXY ?? env.https_proxy;
  if (address.protocol !== 'https:' || proxy === undefined || proxy === '') return undefined;
  const exceptions = (env.NO_PROXY ?? env.no_proxy ?? '')
    .split(',')
    .map((each) => each.trim().replace(/^\./, ''));
  const isException = exceptions.some(
    (each) =>
      each === '*' || (each !== '' && (address.hostname === each || address.hostname.endsWith(`.${each}`))),
  );
  if (isException) return undefined;
  const written = proxy.includes('://') ? proxy : `http://${proxy}`;
  if (URL.canParse(written)) return new URL(written);
  // Node's own error would carry the address, with its login, into the log.
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected http://HOST:PORT in HTTPS_PROXY, got ${showAddress(written)}.`,
    hint: 'Correct it; / ? # and @ of a login are written as %2F %3F %23 and %40.',
  });
}
