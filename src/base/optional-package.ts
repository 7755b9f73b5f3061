import { createRequire } from 'node:module';

/** Packages that one feature alone needs, and the command that adds each: optional peers in package.json. */
const INSTALL = {
  'node-llama-cpp': 'npm install node-llama-cpp@^3.21.1',
  // Its own install script would download CUDA libraries that nothing here uses.
  'onnxruntime-node': 'ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@^1.30.0',
} as const;

export type OptionalPackage = keyof typeof INSTALL;

export const installCommand = (name: OptionalPackage): string => INSTALL[name];

export function isInstalled(name: OptionalPackage): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * What to say of an optional package that cannot be used, in two lines.
 *
 * @param user What needs it, as in "gguf:" or "The ONNX engine".
 * @param why `is not installed`, or why it does not load.
 */
export const optionalPackageFault = (name: OptionalPackage, user: string, why = 'is not installed'): string =>
  `${user} needs the optional package ${name}, which ${why}\ninstall it with: ${installCommand(name)}`;
