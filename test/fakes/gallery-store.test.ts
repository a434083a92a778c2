import { closedGalleryContract, galleryStoreContract } from '../contracts/gallery-store.js';
import { fakeGallery } from './gallery-store.js';

galleryStoreContract('the fake in memory', async () => fakeGallery());
closedGalleryContract('the fake in memory', async () => fakeGallery());
