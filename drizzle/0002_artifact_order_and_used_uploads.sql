ALTER TABLE "Artifact" ADD COLUMN "position" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "Upload" ADD COLUMN "usedAt" timestamp with time zone;