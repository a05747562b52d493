CREATE TABLE "Upload" (
	"id" uuid PRIMARY KEY NOT NULL,
	"userId" text NOT NULL,
	"filename" text NOT NULL,
	"mediaType" text NOT NULL,
	"sizeBytes" integer NOT NULL,
	"createdAt" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "Message" ADD COLUMN "parentId" text;--> statement-breakpoint
UPDATE "Message" SET "parentId" = (
	SELECT before."id" FROM "Message" AS before
	WHERE before."chatId" = "Message"."chatId" AND before."seq" < "Message"."seq" AND before."role" <> "Message"."role"
		AND ("Message"."role" = 'assistant' OR before."replacedAt" IS NULL)
	ORDER BY before."seq" DESC LIMIT 1
);--> statement-breakpoint
ALTER TABLE "Upload" ADD CONSTRAINT "Upload_userId_User_id_fk" FOREIGN KEY ("userId") REFERENCES "public"."User"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "upload_user_idx" ON "Upload" USING btree ("userId","createdAt" DESC NULLS LAST);--> statement-breakpoint
ALTER TABLE "Message" ADD CONSTRAINT "Message_parentId_Message_id_fk" FOREIGN KEY ("parentId") REFERENCES "public"."Message"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "message_parent_idx" ON "Message" USING btree ("parentId");