// BullMQ and Nodemailer as a service would use them: one process adds a job for each code, another works on them with a pooled
// transport. No HTTP before it. The mail is the one that Posthaste sent, with another code.
//
//   node bullmq.js worker OPTIONS     until SIGTERM
//   node bullmq.js produce OPTIONS    prints the answers' times when all jobs are completed
// OPTIONS: a JSON object {socket, port, mail: {from, subject, text, html}, domain, count, rate, concurrency, sessions, inFlight}
'use strict';
const { Queue, Worker } = require('bullmq');
const IORedis = require('ioredis');
const nodemailer = require('nodemailer');
const { randomInt } = require('crypto');

const [role, text] = process.argv.slice(2);
const options = JSON.parse(text);
const connect = () => new IORedis({ path: options.socket, maxRetriesPerRequest: null });

function work() {
  const transport = nodemailer.createTransport({
    host: '127.0.0.1', port: options.port, secure: false, ignoreTLS: true,
    pool: true, maxConnections: options.sessions, maxMessages: Infinity,
  });
  const worker = new Worker('mail', async (job) => {
    const { to, code } = job.data;
    const put = (part) => part.split('{code}').join(code);
    await transport.sendMail({
      from: options.mail.from, to, subject: put(options.mail.subject), text: put(options.mail.text), html: put(options.mail.html),
    });
    return Date.now() - job.data.due;  // From the intended enqueue to the relay's 250.
  }, { connection: connect(), concurrency: options.concurrency });
  worker.on('error', (error) => console.error(error.message));
  process.on('SIGTERM', async () => { await worker.close(); process.exit(0); });
  worker.waitUntilReady().then(() => console.log('ready'));
}

async function produce() {
  const queue = new Queue('mail', { connection: connect() });
  await queue.waitUntilReady();
  const add = (number, due) => queue.add('code', {
    to: `someone.${number}@${options.domain}`, code: String(randomInt(1e6)).padStart(6, '0'), due,
  }, { attempts: 5, backoff: { type: 'exponential', delay: 1000 }, removeOnFail: false });
  const start = Date.now();
  const pending = [];
  if (options.rate) {
    for (let i = 0; i < options.count; ++i) {
      const due = start + i * 1000 / options.rate;
      const wait = due - Date.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      pending.push(add(i, Math.floor(due)));
    }
    await Promise.all(pending);
  } else {
    let next = 0;
    const run = async () => { while (next < options.count) await add(next++, Date.now()); };
    await Promise.all(Array.from({ length: options.inFlight }, run));
  }
  while ((await queue.getCompletedCount()) < options.count) await new Promise((resolve) => setTimeout(resolve, 20));
  const jobs = await queue.getCompleted(0, -1);
  const done = Math.max(...jobs.map((job) => job.finishedOn));
  console.log(JSON.stringify({ seconds: (done - start) / 1000, latencies: jobs.map((job) => job.returnvalue) }));
  process.exit(0);
}

if (role === 'worker') work(); else produce();
