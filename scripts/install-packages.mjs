// Installs Debian packages where this user may, else says which command does. usage: install-packages.mjs NAME…
import { aptCommand, installPackages } from './system-packages.mjs';

const packages = process.argv.slice(2);
const { installed, output } = installPackages(packages);
if (!installed) {
  process.stderr.write(`${output}\nInstall what is missing with: ${aptCommand(packages)}\n`.trimStart());
  process.exitCode = 1;
}
