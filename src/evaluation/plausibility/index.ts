export { mege } from './mege.js';
export { relevanceInAnatomy } from './relevance-in-anatomy.js';
export { relevanceOnArtefacts } from './relevance-on-artefacts.js';
export { relevanceOnWrongSide } from './relevance-on-wrong-side.js';
export { relevanceOutsideBody } from './relevance-outside-body.js';
export { repeatability } from './repeatability.js';
