/** Said by `npm pack` and `npm publish`, before they make what could not run. */
import process from 'node:process';

process.stderr.write(`twinstile is not installed by npm: its two bindings are compiled against the machine's OpenCV and the SQLite that
scripts/runtime.pins names, which a tarball of npm's cannot bring and no install script here does.
  On Debian 12:  npm run package, then  sudo apt install ./var/package/twinstile_….deb
  Elsewhere:     ./scripts/setup && sudo ./scripts/install.sh;  for one user: npm link after ./scripts/setup
`);
process.exit(1);
