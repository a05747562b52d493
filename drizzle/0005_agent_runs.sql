ALTER TABLE "Charge" ADD COLUMN "isLowerBound" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "ChatStream" ADD COLUMN "agentRun" jsonb;