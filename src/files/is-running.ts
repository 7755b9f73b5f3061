import { systemCode } from '../base/system-error.js';

/** Whether there is a process of this number, whoever's it is, that can be seen from here. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}
