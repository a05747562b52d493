CREATE TABLE "MessagePiece" (
	"streamId" uuid NOT NULL,
	"epoch" integer NOT NULL,
	"number" integer NOT NULL,
	"chunks" jsonb NOT NULL,
	CONSTRAINT "MessagePiece_streamId_epoch_number_pk" PRIMARY KEY("streamId","epoch","number")
);
--> statement-breakpoint
ALTER TABLE "MessagePiece" ADD CONSTRAINT "MessagePiece_streamId_ChatStream_streamId_fk" FOREIGN KEY ("streamId") REFERENCES "public"."ChatStream"("streamId") ON DELETE cascade ON UPDATE no action;