/** What is said of being a guest, of signing in and out. Part of `texts`. */
export const accountTexts = {
  guest: "You are a guest.",
  guestKeep: "Sign in to keep your chats",
  signIn: "Sign in",
  signUp: "Create account",
  signOut: "Sign out",
  notSignedOut: "The server could not be reached: you are still signed in, and nothing is lost. Try again in a moment.",
  signInTitle: "Welcome back",
  signUpTitle: "Keep your chats",
  signInLine: "Chats you began as a guest come with you.",
  email: "E-mail address",
  password: "Password",
  passwordHint: "At least 8 characters.",
  toSignUp: "New here? Create an account",
  toSignIn: "You have an account? Sign in",
  backToChat: "Back to the chat",
  accountProblems: {
    "wrong-password": "E-mail address and password do not match. Check both and try again.",
    "already-known": "There is an account with this e-mail address. Sign in instead.",
    "too-often": "That was a lot in a short time. Wait a minute and try again.",
    unreachable: "The server could not be reached. Try again in a moment.",
    refused: "This was not accepted. Check the e-mail address and the password.",
    "wrong-address":
      "The server takes this page for another site's, so nobody can sign in here. Whoever runs it can set BETTER_AUTH_URL to this page's address.",
  },
} as const
