-- A schema as one writes it for Supabase: roles, an `auth` schema, policies that call auth.uid()
create schema if not exists extensions; create extension if not exists "uuid-ossp" with schema extensions;
create extension if not exists vector with schema extensions;
create schema if not exists auth;

do $$
begin
  if not exists (select from pg_roles where rolname = 'anon') then
    create role anon nologin noinherit;
  end if;
  if not exists (select from pg_roles where rolname = 'authenticated') then
    create role authenticated nologin noinherit;
  end if;
end
$$;
create role service_role nologin noinherit bypassrls;

create table auth.users (
  id uuid primary key default gen_random_uuid(),
  email text unique,
  created_at timestamptz not null default now()
);

create or replace function auth.uid() returns uuid language sql stable as $$
  select nullif(current_setting('request.jwt.claim.sub', true), '')::uuid
$$;

create table public.profiles (
  id uuid primary key references auth.users on delete cascade,
  username text unique check (char_length(username) >= 3),
  updated_at timestamptz
);
create table public.notes (
  id bigint generated always as identity primary key,
  owner_id uuid not null references public.profiles (id) on delete cascade,
  title text not null,
  tags text[] not null default '{}'
);
create table public.attachments (
  id uuid primary key default extensions.uuid_generate_v4(),
  note_id bigint not null references public.notes (id)
);
create view public.attachment_counts with (security_invoker = true) as
  select note_id, count(*) as attachments from public.attachments group by note_id;
create index attachments_note_idx on public.attachments (note_id);

alter table public.profiles enable row level security;
alter table public.notes enable row level security;
create policy "own profile" on public.profiles for select to authenticated using (auth.uid() = id);
create policy "own notes" on public.notes to authenticated
  using ((select auth.uid()) = owner_id) with check ((select auth.uid()) = owner_id);
create policy "public titles" on public.notes for select to anon, authenticated using ('public' = any (tags));

create function public.handle_new_user() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id) values (new.id);
  return new;
end;
$$;
create trigger on_auth_user_created after insert on auth.users
  for each row execute procedure public.handle_new_user();

grant usage on schema public to anon, authenticated, service_role;
grant select, insert, update, delete on public.notes to authenticated;
grant select on public.notes to anon;
grant authenticated to service_role;
alter default privileges for role postgres in schema public grant all on tables to anon, authenticated, service_role;
alter publication supabase_realtime add table public.notes;
insert into auth.users (id, email) values ('11111111-1111-1111-1111-111111111111', 'a@example.org');
