import { readFileSync, writeFileSync } from 'node:fs';

/** Forgets the process's peak of resident memory so far, where the kernel allows it. */
export function resetPeakMemory(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Then the peak counts from the process's beginning: it can only be too high.
  }
}

/** The peak of resident memory, in MiB, since the reset or the process's beginning. */
export function peakMemoryMib(): number {
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kib !== undefined) return Number(kib) / 1024;
  } catch {
    // No procfs here.
  }
  return process.resourceUsage().maxRSS / 1024;
}
