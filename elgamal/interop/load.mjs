// Loads the published packages. The SDK's compiled provers ask for '../../src/utils', which is there as
// TypeScript only; the compiled file beside it is the same module.
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  return resolve.call(this, request === '../../src/utils' ? '../utils' : request, ...rest);
};
const require = createRequire(import.meta.url);
const here = path.dirname(fileURLToPath(import.meta.url));

export const scure = require('@scure/starknet');
export const she = require('@fatsolutions/she');
export const protocols = require('@fatsolutions/she/protocols');
export const transfer = require(path.join(here, 'node_modules/@fatsolutions/tongo-sdk/dist/provers/transfer.js'));
export const constants = require(path.join(here, 'node_modules/@fatsolutions/tongo-sdk/dist/constants.js'));
