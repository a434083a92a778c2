/** Examples for `--help`, by the words of the command. A test reads each back through the command that it is of. */

/** Lines as they are typed; a backslash at the end continues a line. A line that starts with # explains the next one. */
export const VERB_EXAMPLES: Readonly<Record<string, string>> = {
  '': `
# a lane at work, with nothing to set up
twinstile demo
# what a verb does, with examples
twinstile enroll --help
# what is wrong with this box
twinstile doctor`,
  demo: `
twinstile demo
# ends by itself, with a summary
twinstile demo --camera /dev/video0 --gallery ~/photos --for 60`,
  setup: `
sudo twinstile setup
twinstile setup -c box/twinstile.yaml
# asks nothing; answers.yaml has lines such as "site: head-office"
twinstile setup -c box/twinstile.yaml --answers answers.yaml --yes`,
  run: 'twinstile run -c /etc/twinstile/twinstile.yaml',
  doctor: `
twinstile doctor
twinstile doctor -c ./twinstile.yaml --json`,
  watch: `
twinstile watch
# from another machine, as a profile or the options say
twinstile watch --broker mqtts://broker.example:8883 --ca ca.pem \\
  --username dashboard --password-file dashboard.password \\
  --site head-office --lane north`,
  command: `
# with ~/.config/twinstile/default.yaml
twinstile command open
twinstile command open --site head-office --lane north \\
  --broker mqtts://broker.example:8883 --ca ca.pem \\
  --operator front-desk --key operator.key
# the gate stays shut until it is set back to normal
twinstile command mode lockdown --site head-office --lane north \\
  --broker mqtts://broker.example:8883 --ca ca.pem \\
  --operator front-desk --key operator.key`,
  gate: `
twinstile gate --site head-office --lane north --gate north-1 --direction in \\
  --broker mqtts://broker.example:8883 --ca ca.pem \\
  --key head-office-1=grant.pub --sign-key gate.key \\
  --drive gpio --chip gpiochip0 --line 17`,
  people: `
twinstile people list
twinstile people show ada
twinstile people remove ada --dry-run`,
  'people list': `
twinstile people list
twinstile people list -c ./twinstile.yaml --json`,
  'people show': 'twinstile people show ada',
  'people consent': `
twinstile people consent ada --text 2026-1
# no longer matches, from now on
twinstile people consent ada --withdraw`,
  'people groups': `
twinstile people groups ada
twinstile people groups ada --add staff --remove visitors`,
  'people remove': `
twinstile people remove ada --dry-run
twinstile people remove ada bob --yes`,
  'people export': `
twinstile people export ada > ada.json
twinstile people export ada --with-templates > ada.json`,
  'people erase': `
twinstile people erase ada --dry-run
twinstile people erase ada --copy ada-receipt.json`,
  'people receipt': `
twinstile people receipt ada-receipt.json --person ada`,
  'people dispute': 'twinstile people dispute d-4f1c --days 14',
  'people disputes': `
twinstile people disputes
twinstile people disputes --undo d-4f1c`,
  badge: `
twinstile badge add ada 04A224B1C85E80
twinstile badge list`,
  'badge add': `
twinstile badge add ada 04A224B1C85E80
# it was another person's before
twinstile badge add bob 04A224B1C85E80 --move`,
  'badge remove': `
twinstile badge remove 04A224B1C85E80 --dry-run
twinstile badge remove 04A224B1C85E80 --yes`,
  'badge release': `
# a card that is given out again, or that visitors get
twinstile badge release 04A224B1C85E80 --dry-run
twinstile badge release 04A224B1C85E80 --yes`,
  'badge list': 'twinstile badge list',
  gallery: `
twinstile gallery publish --out /srv/gallery --notify
twinstile gallery status`,
  'gallery keys': `
twinstile gallery keys init --offline /media/a /media/b --site head-office
twinstile gallery keys list -c registrar.yaml`,
  'gallery keys init': `
twinstile gallery keys init -c registrar.yaml \\
  --offline /media/a /media/b --site head-office`,
  'gallery keys site': `
twinstile gallery keys site warehouse -c registrar.yaml \\
  --offline /media/a /media/b`,
  'gallery keys rotate': `
twinstile gallery keys rotate timestamp-1 -c registrar.yaml \\
  --offline /media/a --dry-run
twinstile gallery keys rotate timestamp-1 -c registrar.yaml \\
  --offline /media/a --yes`,
  'gallery keys renew': 'twinstile gallery keys renew -c registrar.yaml --offline /media/a /media/b',
  'gallery keys list': 'twinstile gallery keys list -c registrar.yaml',
  'gallery device': `
# on the box
twinstile gallery device key --out /etc/twinstile/device.age
# at the registrar
twinstile gallery device add box-1 age1… -c registrar.yaml`,
  'gallery device key': 'twinstile gallery device key --out /etc/twinstile/device.age',
  'gallery device fingerprint': 'twinstile gallery device fingerprint',
  'gallery device add': 'twinstile gallery device add box-1 age1… -c registrar.yaml',
  'gallery device remove': `
twinstile gallery device remove box-1 -c registrar.yaml --dry-run
twinstile gallery device remove box-1 -c registrar.yaml --yes`,
  'gallery device list': 'twinstile gallery device list -c registrar.yaml',
  'gallery publish': `
twinstile gallery publish -c registrar.yaml --out /srv/gallery --notify`,
  'gallery revoke': `
# at once, without a question
twinstile gallery revoke -c registrar.yaml --person ada --out /srv/gallery --yes
twinstile gallery revoke -c registrar.yaml --badge 04A224B1C85E80 --dry-run`,
  'gallery status': 'twinstile gallery status',
  fleet: 'twinstile fleet status --broker mqtts://broker.example:8883 --ca ca.pem',
  'fleet status': `
twinstile fleet status --broker mqtts://broker.example:8883 --ca ca.pem
twinstile fleet status --broker mqtts://broker.example:8883 --ca ca.pem \\
  --site head-office --repository https://gallery.example`,
  tuf: `
twinstile tuf init root.json --metadata-dir metadata
twinstile tuf refresh --metadata-dir metadata \\
  --metadata-url https://gallery.example`,
  sync: `
twinstile sync
# where there is no network: from a stick
twinstile sync --from /media/stick/gallery`,
  journal: `
twinstile journal list --limit 20
twinstile journal verify`,
  'journal list': `
twinstile journal list --limit 20
twinstile journal list --kind decision --json`,
  'journal export': `
twinstile journal export > journal.jsonl
twinstile journal export --after 1200 >> journal.jsonl`,
  'journal verify': `
twinstile journal verify
twinstile journal verify --head head-of-monday.json`,
  backup: `
twinstile backup now
twinstile backup list`,
  'backup now': 'twinstile backup now',
  'backup list': 'twinstile backup list',
  'backup restore': `
twinstile backup restore /var/lib/twinstile/backups/FILE --dry-run
twinstile backup restore /var/lib/twinstile/backups/FILE --yes`,
  cameras: 'twinstile cameras list',
  'cameras list': `
twinstile cameras list
twinstile cameras list --local --json`,
  keys: `
twinstile keys new gallery --out /etc/twinstile
twinstile keys rotate gallery --dry-run`,
  'keys new': `
twinstile keys new gallery --out /etc/twinstile
twinstile keys new grant --out /etc/twinstile
twinstile keys new gate --out /etc/twinstile`,
  'keys new gallery': 'twinstile keys new gallery --out /etc/twinstile',
  'keys new grant': `
twinstile keys new grant --out /etc/twinstile
twinstile keys new grant --out /etc/twinstile --algorithm hmac-sha256`,
  'keys new gate': 'twinstile keys new gate --out /etc/twinstile',
  'keys new operator': 'twinstile keys new operator --out ~/operator-keys',
  'keys rotate': `
twinstile keys rotate gallery --dry-run
twinstile keys rotate grant`,
  'keys rotate gallery': `
twinstile keys rotate gallery --dry-run
twinstile keys rotate gallery --yes`,
  'keys rotate grant': 'twinstile keys rotate grant',
  config: `
twinstile config check /etc/twinstile/twinstile.yaml
twinstile config explain lanes.camera`,
  'config example': `
twinstile config example > /etc/twinstile/twinstile.yaml
# one that is started from this folder, with a network camera
twinstile config example --by-hand \\
  --camera rtsp://camera.example/stream > twinstile.yaml`,
  'config check': 'twinstile config check /etc/twinstile/twinstile.yaml',
  'config explain': `
twinstile config explain
twinstile config explain lanes.camera`,
  'config unit': `
twinstile config unit /etc/twinstile/twinstile.yaml \\
  > /etc/systemd/system/twinstile.service.d/50-site.conf`,
  'config access-list': `
twinstile config access-list /etc/twinstile/twinstile.yaml > acl`,
  'config schema': `
# beside the configuration whose first line names it
twinstile config schema --out /etc/twinstile/twinstile.schema.json`,
  models: `
twinstile models list
twinstile models pull mobile`,
  'models list': 'twinstile models list',
  'models pull': `
twinstile models pull mobile
# without a network: from a folder that holds the files
twinstile models pull mobile --mirror /media/stick/models`,
  'models build': 'twinstile models build builtin --if-missing',
  'models verify': `
twinstile models verify
twinstile models verify mobile --json`,
  'models publish': `
twinstile models publish mobile -c registrar.yaml \\
  --out /srv/gallery --check ~/check-photos --percent 5`,
  'models rollout': `
twinstile models rollout status -c registrar.yaml
twinstile models rollout halt -c registrar.yaml --out /srv/gallery`,
  'models rollout status': 'twinstile models rollout status -c registrar.yaml --json',
  'models rollout advance': `
twinstile models rollout advance -c registrar.yaml --out /srv/gallery \\
  --percent 50`,
  'models rollout halt': `
twinstile models rollout halt -c registrar.yaml --out /srv/gallery`,
  'models rollout roll-back': `
twinstile models rollout roll-back -c registrar.yaml --out /srv/gallery \\
  --release 3 --dry-run
twinstile models rollout roll-back -c registrar.yaml --out /srv/gallery \\
  --release 3 --yes`,
  'models reencode': 'twinstile models reencode mobile -c twinstile.yaml',
  replay: `
twinstile replay clip.mp4 --gallery ~/photos --pack mobile
twinstile replay monday/*.mp4 --gallery ~/photos --json > monday.jsonl`,
  evaluate: `
twinstile evaluate pairs --images ~/photos --pack mobile --html pairs.html
twinstile evaluate pad --live alive/ --attack print=prints/ --html pad.html`,
  'evaluate verification': `
twinstile evaluate verification --images lfw/ --pairs pairs.csv --pack mobile`,
  'evaluate pairs': `
twinstile evaluate pairs --images ~/photos --pack mobile --html pairs.html`,
  'evaluate identification': `
twinstile evaluate identification --images ~/photos --gallery-sizes 10,100`,
  'evaluate clips': 'twinstile evaluate clips recordings/ --pack mobile',
  'evaluate site': `
twinstile evaluate site recordings/ --pack mobile --html site.html`,
  'evaluate pad': `
twinstile evaluate pad --live alive/ --attack print=prints/ screen=screens/`,
  calibrate: `
twinstile calibrate --images ~/photos --pack mobile --out table.json
twinstile calibrate --images ~/photos --fmr "1 in 100,000" --html table.html`,
  adapt: `
twinstile adapt status
twinstile adapt now --lane north`,
  'adapt status': 'twinstile adapt status --lane north --json',
  'adapt now': 'twinstile adapt now --lane north --judge ~/photos',
  'adapt use': 'twinstile adapt use --lane north',
  'adapt undo': `
twinstile adapt undo --lane north --dry-run
twinstile adapt undo --lane north --yes`,
  'adapt forget': `
twinstile adapt forget --lane north --dry-run
twinstile adapt forget --lane north --yes`,
  train: `
twinstile train head --images ~/photos --pack mobile --out site.head
twinstile train reranker --images ~/photos --out site.reranker`,
  'train head': `
twinstile train head --images ~/photos --pack mobile --out site.head`,
  'train reranker': `
twinstile train reranker --images ~/photos --pack mobile --out site.reranker`,
};
