ALTER TABLE "ChatStream" ADD COLUMN "requestKey" text;--> statement-breakpoint
ALTER TABLE "ChatStream" ADD COLUMN "requestHash" text;--> statement-breakpoint
CREATE UNIQUE INDEX "chat_stream_request_idx" ON "ChatStream" USING btree ("requestKey") WHERE "requestKey" is not null;