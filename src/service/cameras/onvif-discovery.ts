/**
 * Finds network cameras by ONVIF's discovery: one WS-Discovery Probe to the multicast group, and the answers to it (ONVIF Core
 * Specification, chapter 7; OASIS WS-Discovery, April 2005). No login is needed, and nothing but the Probe is sent.
 */
import { randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { pause } from '../../base/delay.js';
import { type Millis, millis } from '../../base/units.js';

export interface NetworkCamera {
  /** Address of its device service, such as "http://10.0.0.7/onvif/device_service". */
  readonly address: string;
  readonly name?: string | undefined;
  readonly hardware?: string | undefined;
}

interface DiscoveryOptions {
  /** How long answers are waited for. */
  readonly wait?: Millis;
  /** Replaced in tests. */
  readonly group?: { readonly host: string; readonly port: number };
  /** Own IPv4 addresses to ask from; absent: all of this machine that reach others. */
  readonly interfaces?: readonly string[];
}

const GROUP = { host: '239.255.255.250', port: 3702 } as const;
/** A camera may wait for half a second, so that not all answer at once. */
const WAIT = millis(3000);
/** Any host of the network may answer, as often as it likes. */
const MAX_CAMERAS = 256;
const MAX_ANSWER = 16_384;

/** @returns by address. Never throws: an interface that cannot send finds none. */
export async function discoverCameras({
  wait = WAIT,
  group = GROUP,
  interfaces = ownAddresses(),
}: DiscoveryOptions = {}): Promise<readonly NetworkCamera[]> {
  const found = new Map<string, NetworkCamera>();
  const id = `urn:uuid:${randomUUID()}`;
  const onAnswer = (answer: Buffer): void => {
    if (answer.length > MAX_ANSWER) return;
    for (const camera of readProbeMatches(answer.toString('utf8'), id))
      if (found.size < MAX_CAMERAS) found.set(camera.address, camera);
  };
  const sockets = interfaces.map((address) => probe(address, group, { id, onAnswer }));
  await pause(wait);
  for (const socket of sockets) socket.close();
  return [...found.values()].sort((a, b) => a.address.localeCompare(b.address));
}

const ownAddresses = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.flatMap(({ family, internal, address }) => (family === 'IPv4' && !internal ? [address] : [])),
  );

interface Probe {
  readonly id: string;
  readonly onAnswer: (answer: Buffer) => void;
}

function probe(
  from: string,
  { host, port }: typeof GROUP | { host: string; port: number },
  { id, onAnswer }: Probe,
): Socket {
  const socket = createSocket('udp4');
  // An interface that went down, or a network without multicast: the others still find what they reach.
  socket.on('error', () => {});
  socket.on('message', onAnswer);
  socket.bind(0, from, () => {
    try {
      socket.setMulticastInterface(from);
      socket.setMulticastTTL(1);
      socket.send(probeMessage(id), port, host, () => {});
    } catch {
      // As above.
    }
  });
  return socket;
}

const probeMessage = (id: string): string =>
  '<?xml version="1.0" encoding="UTF-8"?>' +
  '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"' +
  ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Header>' +
  `<w:MessageID>${id}</w:MessageID><w:To e:mustUnderstand="true">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>` +
  '<w:Action e:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>' +
  '<e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>';

/** Reads an answer whatever prefixes it gives its names; what is no answer to `id` has none. Pure. */
export function readProbeMatches(xml: string, id: string): readonly NetworkCamera[] {
  if (!textsOf(xml, 'RelatesTo').includes(id)) return [];
  return textsOf(xml, 'ProbeMatch').flatMap((match) => {
    const addresses = (textsOf(match, 'XAddrs')[0] ?? '').split(/\s+/).filter(isAddress);
    // The first that an IPv4 machine reaches; cameras add one of their own link.
    const address =
      addresses.find((one) => !one.includes('[') && !one.includes('//169.254.')) ?? addresses[0];
    if (address === undefined) return [];
    const scopes = (textsOf(match, 'Scopes')[0] ?? '').split(/\s+/);
    return [{ address, name: scopeOf(scopes, 'name'), hardware: scopeOf(scopes, 'hardware') }];
  });
}

/** Contents of all elements of that name, without markup around. */
const textsOf = (xml: string, name: string): readonly string[] =>
  [
    ...xml.matchAll(
      new RegExp(`<(?:[\\w.-]+:)?${name}(?:\\s[^>]*)?>([\\s\\S]*?)</(?:[\\w.-]+:)?${name}>`, 'g'),
    ),
  ].map(([, content = '']) => content.replaceAll('&amp;', '&').trim());

/** Without a login, which no camera puts there, and with nothing that a terminal would obey. */
const isAddress = (text: string): boolean => /^https?:\/\/[\w.:[\]-]{1,255}(?:\/[\w./-]{0,255})?$/.test(text);

/** "onvif://www.onvif.org/name/Front%20door" */
function scopeOf(scopes: readonly string[], key: string): string | undefined {
  const start = `onvif://www.onvif.org/${key}/`;
  const found = scopes.find((scope) => scope.toLowerCase().startsWith(start))?.slice(start.length);
  if (found === undefined || found === '') return undefined;
  try {
    return decodeURIComponent(found).slice(0, 100);
  } catch {
    return found.slice(0, 100);
  }
}
