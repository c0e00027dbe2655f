-- Sell one number for one service, once for each key; all in this one call (ADR 74).
--
-- The caller has read price, texts and buyer before, perhaps some orders ago, and decided by them.
-- `p_buyer`, `p_texts_stamp`, `p_notices_stamp` and the offer say what he saw; where it no longer
-- holds the answer is 'changed' and nothing is written. Where he knew the API key from before, he
-- says its dialect, and the key is looked up here, also before an earlier order is told: whoever
-- kept a key that was withdrawn learns nothing by it.
--
-- Outcomes: 'placed', 'replayed' (the first order of the key, whatever it was for), 'changed',
-- 'key_gone', 'out_of_stock', those of standing_admit with its two numbers, and those of
-- ledger.post with what can be spent as the first number. Nothing is written but by 'placed'; a
-- note that was used goes with 'placed' and 'replayed'.
-- Locks: the tally, the slot, the wallet.
CREATE OR REPLACE FUNCTION orders_place(
  p_account_id bigint, p_order_id uuid, p_activation_id uuid, p_key uuid, p_note_id uuid,
  p_key_id uuid, p_dialect text, p_surface text, p_service text, p_country text,
  p_carrier text, p_excluded text[],
  p_buyer text, p_customer_country text, p_texts_stamp text, p_notices_stamp bigint,
  p_price_id uuid, p_net bigint, p_tax bigint, p_rate_bp integer, p_currency text,
  p_window_s integer, p_texts jsonb, p_documents jsonb, p_listing jsonb,
  p_usual integer[], p_now timestamptz,
  OUT outcome text, OUT noted boolean, OUT first bigint, OUT second bigint,
  OUT order_id uuid, OUT activation_id bigint, OUT e164 text, OUT carrier text, OUT service text,
  OUT country text, OUT total_micro bigint, OUT currency text, OUT opened_at timestamptz,
  OUT window_ends_at timestamptz)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_admitted record;
  v_first record;
  v_slot record;
  v_paid ledger.answer;
  v_key uuid := p_key;
BEGIN
  v_admitted := standing_admit(p_account_id, p_service, p_country, p_usual, p_now);

  IF p_note_id IS NOT NULL THEN
    SELECT n.key INTO v_key FROM orders_note n
     WHERE n.account_id = p_account_id AND n.id = p_note_id
       AND n.noted_at > p_now - interval '1 minute';
    noted := FOUND;
    IF NOT noted THEN v_key := p_key; END IF;
  END IF;

  SELECT * INTO v_first FROM orders_first(p_account_id, v_key);
  IF FOUND THEN
    IF p_dialect IS NOT NULL AND NOT (
      SELECT k.lives FROM accounts_key_lives(p_account_id, p_key_id, p_dialect) k) THEN
      outcome := 'key_gone';
      RETURN;
    END IF;
    outcome := 'replayed';
    order_id := v_first.order_id;
    activation_id := v_first.activation_id;
    e164 := v_first.e164;
    carrier := v_first.carrier;
    service := v_first.service;
    country := v_first.country;
    total_micro := v_first.total_micro;
    currency := v_first.currency;
    opened_at := v_first.opened_at;
    window_ends_at := v_first.window_ends_at;
    IF noted THEN
      DELETE FROM orders_note n WHERE n.account_id = p_account_id AND n.id = p_note_id;
    END IF;
    RETURN;
  END IF;

  SELECT CASE
           WHEN p_dialect IS NOT NULL AND NOT (
             SELECT k.lives FROM accounts_key_lives(p_account_id, p_key_id, p_dialect) k)
             THEN 'key_gone'
           WHEN o.enabled AND o.price_id = p_price_id AND o.net_micro = p_net
                AND o.rate_bp = p_rate_bp AND o.window_s = p_window_s
                AND p_buyer = (SELECT b.buyer FROM accounts_buyer(p_account_id) b)
                AND p_texts_stamp = (SELECT t.stamp FROM agreements_stamp(p_now) t)
                AND p_notices_stamp = (SELECT n.stamp FROM catalogue_notices_stamp() n)
             THEN NULL
           ELSE 'changed'
         END
    INTO outcome
    FROM catalogue_offer(p_service, p_country, p_currency, p_customer_country, p_now) o;
  IF outcome IS NOT NULL THEN RETURN; END IF;

  IF v_admitted.outcome <> 'admitted' THEN
    outcome := v_admitted.outcome;
    first := v_admitted.first;
    second := v_admitted.second;
    RETURN;
  END IF;

  v_slot := numbers_free_slot(p_service, p_country, p_carrier, p_excluded);
  IF v_slot.slot_id IS NULL THEN outcome := 'out_of_stock'; RETURN; END IF;

  v_paid := CASE
    WHEN p_tax > 0 THEN ledger.post(
      p_account_id, p_order_id, 2::smallint, p_currency, ARRAY[1, 2]::smallint[],
      ARRAY[-p_net, -p_tax], 1::smallint, p_order_id, NULL, NULL, p_now)
    ELSE ledger.post(
      p_account_id, p_order_id, 2::smallint, p_currency, ARRAY[1]::smallint[],
      ARRAY[-p_net], 1::smallint, p_order_id, NULL, NULL, p_now) END;
  IF v_paid.outcome <> 'done' THEN
    outcome := v_paid.outcome;
    first := v_paid.total - v_paid.held - v_paid.earmarked;
    RETURN;
  END IF;

  outcome := 'placed';
  order_id := p_order_id;
  e164 := v_slot.e164;
  carrier := v_slot.carrier;
  service := p_service;
  country := p_country;
  total_micro := p_net + p_tax;
  currency := p_currency;
  opened_at := p_now;
  window_ends_at := p_now + make_interval(secs => p_window_s);
  activation_id := numbers_open(
    p_account_id, p_activation_id, p_order_id, v_slot.slot_id, e164, p_service, p_country,
    carrier, window_ends_at, p_now);
  INSERT INTO orders_order (
    account_id, id, key, kind, service_code, country, price_id, net_micro, tax_micro,
    total_micro, tax_rate_bp, currency, window_s, surface, key_id, consent_immediate_at,
    consent_loss_at, texts, documents, listing, placed_at)
  VALUES (
    p_account_id, p_order_id, v_key, 'one_time', p_service, p_country, p_price_id, p_net, p_tax,
    p_net + p_tax, p_rate_bp, p_currency, p_window_s, p_surface, p_key_id, p_now,
    p_now, p_texts, p_documents, p_listing, p_now);
  PERFORM standing_count(p_account_id, p_now);
  IF noted THEN
    DELETE FROM orders_note n WHERE n.account_id = p_account_id AND n.id = p_note_id;
  END IF;
END $$;
