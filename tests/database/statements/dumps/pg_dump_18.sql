--
-- PostgreSQL database dump
--

\restrict TOKEN

-- Dumped from database version 18.6
-- Dumped by pg_dump version 18.6

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: mood; Type: TYPE; Schema: public; Owner: postgres
--

CREATE TYPE public.mood AS ENUM (
    'sad',
    'o;k'
);


ALTER TYPE public.mood OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: odd;name; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public."odd;name" (
    id integer NOT NULL,
    note text DEFAULT 'a;b''c'::text,
    m public.mood
);


ALTER TABLE public."odd;name" OWNER TO postgres;

--
-- Name: TABLE "odd;name"; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TABLE public."odd;name" IS 'it''s; -- no comment';


--
-- Name: add_note(text); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.add_note(t text) RETURNS integer
    LANGUAGE sql
    BEGIN ATOMIC
 INSERT INTO public."odd;name" (note)
   VALUES (
         CASE
             WHEN (add_note.t = ''::text) THEN 'none;'::text
             ELSE add_note.t
         END);
 SELECT max("odd;name".id) AS max
    FROM public."odd;name";
END;


ALTER FUNCTION public.add_note(t text) OWNER TO postgres;

--
-- Name: touch(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
BEGIN
  -- a comment; with 'an open quote
  NEW.note := $$x;y$$ || '$1';
  RETURN NEW;
END;
$_$;


ALTER FUNCTION public.touch() OWNER TO postgres;

--
-- Name: log; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.log (
    what text
);


ALTER TABLE public.log OWNER TO postgres;

--
-- Name: odd;name_id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

ALTER TABLE public."odd;name" ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public."odd;name_id_seq"
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Data for Name: log; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.log (what) FROM stdin;
\.


--
-- Data for Name: odd;name; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public."odd;name" (id, note, m) FROM stdin;
1	tab\there; back\\slash	sad
2	\N	\N
3	ü; line\ntwo	o;k
4	\\.	sad
\.


--
-- Name: odd;name_id_seq; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public."odd;name_id_seq"', 4, true);


--
-- Name: odd;name odd;name_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public."odd;name"
    ADD CONSTRAINT "odd;name_pkey" PRIMARY KEY (id);


--
-- Name: odd;name log_rule; Type: RULE; Schema: public; Owner: postgres
--

CREATE RULE log_rule AS
    ON DELETE TO public."odd;name" DO ( INSERT INTO public.log (what)
  VALUES ('a;'::text);
 INSERT INTO public.log (what)
  VALUES ('b'::text);
);


--
-- Name: odd;name touch; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER touch BEFORE INSERT ON public."odd;name" FOR EACH ROW EXECUTE FUNCTION public.touch();


--
-- PostgreSQL database dump complete
--

\unrestrict TOKEN

