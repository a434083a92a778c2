/** Explains why a network camera gives no pictures: sends it one request as FFmpeg would, and reports the answer. */
import { addressParts } from '../../base/shown-address.js';
import { askHttp } from './ask-http.js';
import { askRtsp } from './ask-rtsp.js';
import { loginIn } from './camera-login.js';
import { answers, type StreamAnswer } from './stream-answer.js';

/** Never throws. @returns undefined when the answer does not show the cause. */
export async function askStream(url: string): Promise<StreamAnswer | undefined> {
  const parts = addressParts(url);
  if (parts === undefined) return answers.addressUnreadable();
  if (!URL.canParse(url)) return answers.addressUnreadable();
  const address = new URL(url);
  const login = loginIn(address);
  if (login === 'unreadable') return answers.loginUnreadable();
  address.username = '';
  address.password = '';
  const isHttp = parts.scheme === 'http' || parts.scheme === 'https';
  return isHttp ? askHttp(address, login) : askRtsp(address, parts, login);
}
