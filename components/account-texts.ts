/** Texts about guests, signing in and signing out. Part of `texts`. */
export const accountTexts = {
  guest: "You are a guest.",
  guestKeep: "Sign in to keep your chats",
  signIn: "Sign in",
  signUp: "Create account",
  signOut: "Sign out",
  notSignedOut: "The server could not be reached, so you are still signed in. Try again in a moment.",
  signInTitle: "Welcome back",
  signUpTitle: "Keep your chats",
  signInLine: "You keep the chats that you began as a guest.",
  email: "E-mail address",
  password: "Password",
  passwordHint: "At least 8 characters.",
  toSignUp: "New here? Create an account",
  toSignIn: "Already have an account? Sign in",
  backToChat: "Back to the chat",
  accountProblems: {
    "wrong-password": "E-mail address and password do not match. Check both and try again.",
    "already-known": "There is already an account with this e-mail address. Sign in instead.",
    "too-often": "Too many attempts. Wait a minute and try again.",
    unreachable: "The server could not be reached. Try again in a moment.",
    refused: "The e-mail address or the password was not accepted. Check both and try again.",
    "wrong-address":
      "The server does not recognise this page's address, so signing in is not possible. Its operator can set BETTER_AUTH_URL to this address.",
  },
} as const
