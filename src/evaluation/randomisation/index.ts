export { efficientRandomisation } from './efficient-randomisation.js';
export { labelRandomisation } from './label-randomisation.js';
export { parameterRandomisation } from './parameter-randomisation.js';
export { randomLogit } from './random-logit.js';
