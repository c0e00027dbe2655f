// Twilio's own library, unmodified, for what a program does beside renting and sending: usage
// records, prices, keys, redaction, and bundles of papers. It is told where and who by JSON on its
// command line, and says what it saw as one JSON object on stdout.
const twilio = require("twilio");

const told = JSON.parse(process.argv[2]);
const client = twilio(told.user, told.secret, { accountSid: told.account });
for (const domain of [client.api, client.pricing, client.numbers]) domain.baseUrl = told.url;

const refused = async (act) => {
  try {
    await act();
  } catch (error) {
    return [error.status, error.code, (error.details || {}).reason];
  }
  return null;
};

const usage = async () => {
  const by = async (list, options = {}) =>
    (await list.list({ category: "totalprice", ...options })).map((row) => [
      row.startDate.toISOString().slice(0, 10),
      String(row.price),
    ]);
  const records = client.usage.records;
  return {
    whole: await by(records),
    daily: await by(records.daily, { pageSize: 2 }),
    others: await Promise.all(
      [
        records.allTime,
        records.monthly,
        records.yearly,
        records.today,
        records.yesterday,
        records.thisMonth,
        records.lastMonth,
      ].map(async (list) => (await by(list)).length),
    ),
    sms: (await records.list({ category: "sms-outbound" })).map((row) => [row.count, row.usage]),
  };
};

const current = (price) => price.current_price || price.currentPrice; // as the library hands it on

const prices = async () => {
  const number = await client.pricing.v1.phoneNumbers.countries("NO").fetch();
  const message = await client.pricing.v1.messaging.countries("NO").fetch();
  return {
    number: number.phoneNumberPrices.map(current),
    unit: number.priceUnit,
    message: message.outboundSmsPrices[0].prices.map(current),
    voice: [
      (await client.pricing.v1.voice.countries.list()).length,
      (await client.pricing.v2.voice.countries.list()).length,
    ],
    calls: [
      await refused(() => client.pricing.v1.voice.countries("NO").fetch()),
      await refused(() => client.pricing.v2.voice.numbers("+4791234567").fetch()),
      await refused(() => client.calls.create({ to: "+1", from: "+2", url: "https://a.example" })),
    ],
  };
};

const keys = async () => {
  const made = await client.newKeys.create({ friendlyName: "Node" });
  const other = twilio(made.sid, made.secret, { accountSid: told.account });
  other.api.baseUrl = told.url;
  const balance = (await other.balance.fetch()).balance;
  const forbidden = await refused(() => other.newKeys.create({}));
  const gone = await client.keys(made.sid).remove();
  return { balance, forbidden, gone, after: await refused(() => other.balance.fetch()) };
};

const redacted = async () => {
  const [message] = await client.messages.list({ to: told.number, limit: 1 });
  const blank = await client.messages(message.sid).update({ body: "" });
  const media = await client.messages(message.sid).media.list();
  const gone = await client.messages(message.sid).remove();
  const after = await refused(() => client.messages(message.sid).fetch());
  return { before: message.body, blank: blank.body, media: media.length, gone, after };
};

const bundled = async () => {
  const papers = client.numbers.v2.regulatoryCompliance;
  const [regulation] = await papers.regulations.list({ isoCountry: "NO", numberType: "local" });
  const person = await papers.endUsers.create({
    friendlyName: "Kari",
    type: "individual",
    attributes: { first_name: "Kari", last_name: "Nordmann" },
  });
  const document = await papers.supportingDocuments.create({
    friendlyName: "Passport",
    type: "identity",
    attributes: {},
  });
  const bundle = await papers.bundles.create({
    friendlyName: "Norway",
    email: "kari@example.com",
    regulationSid: regulation.sid,
  });
  const items = papers.bundles(bundle.sid).itemAssignments;
  for (const piece of [person, document]) await items.create({ objectSid: piece.sid });
  const lacking = await papers.bundles(bundle.sid).evaluations.create();
  const early = await refused(() => papers.bundles(bundle.sid).update({ status: "pending-review" }));

  // No library of theirs uploads files: a form with a part, to the document's own address.
  const form = new FormData();
  form.append("File", new Blob([Buffer.from(told.file, "base64")]), "passport.pdf");
  const sent = await fetch(document.url, {
    method: "POST",
    headers: {
      Authorization: `Basic ${Buffer.from(`${told.user}:${told.secret}`).toString("base64")}`,
    },
    body: form,
  });
  const uploaded = await papers.supportingDocuments(document.sid).fetch();
  const enough = await papers.bundles(bundle.sid).evaluations.create();
  const submitted = await papers.bundles(bundle.sid).update({ status: "pending-review" });
  return {
    bundle: bundle.sid,
    asked: regulation.requirements.end_user[0].fields,
    types: (await papers.endUserTypes.list()).map((row) => row.machineName),
    states: [bundle.status, submitted.status],
    evaluations: [lacking.status, enough.status],
    early,
    upload: [sent.status, uploaded.mimeType],
    items: (await items.list()).length,
    changed: await refused(() => papers.endUsers(person.sid).remove()),
  };
};

const judged = async () => {
  const bundle = await client.numbers.v2.regulatoryCompliance.bundles(told.bundle).fetch();
  const number = await client.incomingPhoneNumbers.create({
    phoneNumber: told.free,
    bundleSid: bundle.sid,
  });
  return { status: bundle.status, number: number.phoneNumber, bundle: number.bundleSid };
};

const wrong = () =>
  Promise.all(told.wrong.map(([resource, form]) => refused(() => client[resource].create(form))));

const main = async () => {
  if (told.wrong) return wrong();
  if (told.limited) return refused(() => client.balance.fetch());
  return told.bundle
    ? judged()
    : {
        usage: await usage(),
        prices: await prices(),
        keys: await keys(),
        redacted: await redacted(),
        papers: await bundled(),
      };
};

main().then(
  (seen) => {
    process.stdout.write(JSON.stringify(seen));
    process.exit(0);
  },
  (error) => {
    process.stderr.write(`${error.message} ${error.code}\n`);
    process.exit(1);
  },
);
