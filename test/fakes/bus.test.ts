import { busContract } from '../contracts/bus.js';
import { createFakeBroker } from './bus.js';

busContract('the fake bus', async () => {
  const broker = createFakeBroker();
  return {
    connect: (availability) => broker.connect(availability === undefined ? {} : { availability }),
    forbidden: async () => {
      broker.forbid('forbidden/#');
      return 'forbidden/x';
    },
    cut: async () => broker.cut(),
    restore: async () => broker.restore(),
  };
});
