CREATE TABLE "Share" (
	"id" text PRIMARY KEY NOT NULL,
	"chatId" uuid NOT NULL,
	"upToMessageId" text NOT NULL,
	"title" text NOT NULL,
	"createdAt" timestamp with time zone DEFAULT now() NOT NULL,
	"updatedAt" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "Share_chatId_unique" UNIQUE("chatId")
);
--> statement-breakpoint
ALTER TABLE "Share" ADD CONSTRAINT "Share_chatId_Chat_id_fk" FOREIGN KEY ("chatId") REFERENCES "public"."Chat"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "Share" ADD CONSTRAINT "Share_upToMessageId_Message_id_fk" FOREIGN KEY ("upToMessageId") REFERENCES "public"."Message"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "share_message_idx" ON "Share" USING btree ("upToMessageId");