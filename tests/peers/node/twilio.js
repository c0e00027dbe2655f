// Twilio's own library, unmodified, as a reseller's program: it rents a number, names it, lets it
// call the server below, waits for one SMS, answers it, lists page by page and releases. It is told
// where and who by JSON on its command line, and says what it saw by JSON lines on stdout.
const http = require("http");
const twilio = require("twilio");

const told = JSON.parse(process.argv[2]);
const say = (event, seen) => process.stdout.write(JSON.stringify({ event, ...seen }) + "\n");

const client = twilio(told.user, told.secret, { accountSid: told.account });
for (const domain of [client.api, client.pricing, client.numbers]) domain.baseUrl = told.url;

const refused = async (act) => {
  try {
    await act();
  } catch (error) {
    return { status: error.status, code: error.code, moreInfo: error.moreInfo, details: error.details };
  }
  return null;
};

// The program's own server: it answers an SMS with a reply and a redirect, and that with another
// reply; what it heard of one message's state it keeps.
const heard = [];
const answer = (path) => {
  const reply = new twilio.twiml.MessagingResponse();
  if (path === "/sms") {
    reply.message("Thank you");
    reply.redirect("/next?n=1");
  } else if (path === "/next") {
    reply.message("And more");
  }
  return reply.toString();
};

const listening = async () => {
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
      const url = `http://127.0.0.1:${server.address().port}${request.url}`;
      const signature = request.headers["x-twilio-signature"];
      const path = request.url.split("?")[0];
      const valid = twilio.validateRequest(told.token, signature, url, form);
      const forged = twilio.validateRequest(told.token, signature, url, { ...form, Body: "x" });
      response.writeHead(200, { "Content-Type": "text/xml" });
      response.end(answer(path));
      heard.push({ path, valid, forged, form });
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
};

const until = async (found) => {
  for (let tries = 0; tries < 300; tries += 1) {
    const seen = heard.find(found);
    if (seen) return seen;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the webhook did not come");
};

const active = async (sid) => {
  for (let tries = 0; tries < 100; tries += 1) {
    const number = await client.incomingPhoneNumbers(sid).fetch();
    if (number.status === "in-use") return number;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("the number did not become active");
};

const main = async () => {
  const account = await client.api.v2010.accounts(told.account).fetch();
  const balance = await client.balance.fetch();
  say("account", { status: account.status, balance: balance.balance, currency: balance.currency });

  const found = await client.availablePhoneNumbers("NO").local.list({ smsEnabled: true, limit: 3 });
  say("found", { numbers: found.map((row) => row.phoneNumber), can: found[0].capabilities });

  const server = await listening();
  const here = `http://127.0.0.1:${server.address().port}`;
  const hook = `http://127.0.0.1:${server.address().port}/sms?shop=1`;
  const bought = [];
  for (const row of found) {
    const number = await client.incomingPhoneNumbers.create({ phoneNumber: row.phoneNumber });
    bought.push(await active(number.sid));
  }
  const [number] = bought;
  const named = await client
    .incomingPhoneNumbers(number.sid)
    .update({ friendlyName: "Reseller", smsUrl: hook });
  say("bought", { sids: bought.map((row) => row.sid), name: named.friendlyName, url: named.smsUrl === hook });

  const listed = await client.incomingPhoneNumbers.list({ pageSize: 2 });
  say("listed", { sids: listed.map((row) => row.sid) });

  say("refused", {
    taken: await refused(() => client.incomingPhoneNumbers.create({ phoneNumber: number.phoneNumber })),
    nothing: await refused(() => client.incomingPhoneNumbers("PN" + "0".repeat(32)).fetch()),
  });

  if (told.sms) {
    say("waiting", { number: number.phoneNumber });
    say("received", await until((one) => one.path === "/sms"));
    say("redirected", await until((one) => one.path === "/next"));
    const messages = await client.messages.list({ to: number.phoneNumber });
    const sent = await client.messages.create({ from: number.phoneNumber, to: told.to, body: "Hei",
      statusCallback: `${here}/status` });
    say("sent", { status: sent.status, direction: sent.direction, price: sent.price });
    say("unsent", {
      media: await refused(() =>
        client.messages.create({ from: number.phoneNumber, to: told.to, mediaUrl: ["https://x.example/a.png"] })),
      to: await refused(() =>
        client.messages.create({ from: number.phoneNumber, to: "+1", body: "Hei" })),
    });
    const arrived = await until((one) => one.form.MessageStatus === "delivered");
    const states = heard.filter((one) => one.path === "/status").map((one) => one.form.MessageSid);
    say("status", { valid: arrived.valid, sids: [...new Set(states)], sid: sent.sid });
    const paged = await client.messages.list({ pageSize: 1 });
    say("paged", { sids: [...new Set(paged.map((row) => row.sid))].length, rows: paged.length });
    say("messages", { bodies: messages.map((row) => row.body), sent: messages[0].dateSent });
  }
  server.close();

  const gone = [];
  for (const row of bought) gone.push(await client.incomingPhoneNumbers(row.sid).remove());
  say("released", { gone, left: (await client.incomingPhoneNumbers.list()).length });
};

main().then(
  () => process.exit(0),
  (error) => {
    say("failed", { message: error.message, code: error.code, status: error.status });
    process.exit(1);
  },
);
