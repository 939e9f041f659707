export { boxes } from './boxes.js';
export { exact } from './exact.js';
export { intensity } from './intensity.js';
export { labels } from './labels.js';
export { missing } from './missing.js';
export { near } from './near.js';
export { patients } from './patients.js';
export { burnedText } from './text.js';
