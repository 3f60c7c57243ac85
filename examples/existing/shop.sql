-- A small shop as `pg_dump` writes it, with what is usually wrong in a schema that grew.
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE TABLE public.customers (
    id integer NOT NULL,
    tenant_id integer NOT NULL,
    email character varying(200) NOT NULL,
    password text NOT NULL
);
ALTER TABLE public.customers OWNER TO shop_admin;

CREATE TABLE public.orders (
    id bigint GENERATED ALWAYS AS IDENTITY,
    tenant_id integer NOT NULL,
    customer_id integer NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    price real NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT orders_state_check CHECK (state = ANY (ARRAY['open'::text, 'paid'::text, 'void'::text]))
);
ALTER TABLE public.orders OWNER TO shop_admin;

CREATE VIEW public.paid_orders AS SELECT id, customer_id, price FROM public.orders WHERE state = 'paid';

COPY public.customers (id, tenant_id, email, password) FROM stdin;
1	1	a@example.com	hunter2
\.

ALTER TABLE ONLY public.customers ADD CONSTRAINT customers_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE public.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON public.orders
    USING (((state = 'void'::text) OR (tenant_id = (current_setting('app.tenant_id'::text, true))::integer)));
GRANT SELECT,INSERT,UPDATE,DELETE ON TABLE public.orders TO shop_app;
GRANT SELECT ON TABLE public.paid_orders TO shop_app;
GRANT SELECT ON TABLE public.customers TO shop_app;
