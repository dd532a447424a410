// Verifies the signed messages of a folder with mailauth: see dkim_oracle.py. Usage: dkim_oracle.js DIR
'use strict';

const fs = require('fs');
const path = require('path');
const { dkimVerify } = require('mailauth/lib/dkim/verify');

const folder = process.argv[2];
const records = new Map(
  fs.readFileSync(path.join(folder, 'records'), 'utf8').trim().split('\n').map((line) => {
    const space = line.indexOf(' ');
    return [line.slice(0, space), line.slice(space + 1)];
  }));

async function resolver(name, type) {
  const value = records.get(name.toLowerCase());
  if (type !== 'TXT' || value === undefined) throw Object.assign(new Error(`no ${type} of ${name}`), { code: 'ENOTFOUND' });
  return [value.match(/.{1,255}/g)];
}

function altered(message) {
  const end = message.indexOf('\r\n\r\n');
  if (end % 2) return Buffer.concat([message, Buffer.from('one more line\r\n')]);
  return Buffer.concat([message.subarray(0, end), Buffer.from('\r\nSubject: another'), message.subarray(end)]);
}

async function passes(message, name) {
  const { results } = await dkimVerify(message, { resolver, minBitLength: 2048 });
  const good = results.filter((entry) => entry.status.result === 'pass');
  if (name && (good.length !== 2 || results.length !== 2)) {
    console.error(name, results.map((entry) => `${entry.algo}: ${entry.status.result} ${entry.status.comment || ''}`).join(', '));
  }
  return good.length;
}

(async () => {
  let good = 0;
  let refused = 0;
  for (const name of fs.readdirSync(path.join(folder, 'both')).sort()) {
    const message = fs.readFileSync(path.join(folder, 'both', name));
    good += await passes(message, name);
    refused += 2 - await passes(altered(message));
  }
  console.log(`good ${good}, altered and refused ${refused}`);
})();
