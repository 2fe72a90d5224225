/** What commands do in the cloud: the one door to it, so that a build can put every client behind one file. */
export { type CloudAccess } from './access.js';
export { type Selection } from './teardown/leftovers.js';
export { planTeardown, runTeardown, type TeardownOptions } from './teardown/teardown.js';
export { type Verification, verifyTeardown } from './teardown/verify.js';
export { accountFacts } from './preflight/account-facts.js';
export { type AccountFacts, type Fact } from './preflight/facts.js';
export { generateOnEc2, type GenerateOnEc2Request, type GenerateOnEc2Result } from './datagen/generate-on-ec2.js';
export { describePublishedImages, publishImages } from './images/publish-images.js';
export { imageSource } from './images/image-source.js';
