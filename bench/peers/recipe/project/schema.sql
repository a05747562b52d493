create table if not exists chat (
  id text primary key,
  messages jsonb not null default '[]',
  active_stream_id text
);
