import { searchContract } from '../contracts/search.js';
import { bruteForce } from './search.js';

searchContract('brute force', bruteForce);
