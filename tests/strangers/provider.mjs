// oidc-provider as it is certified: nothing is configured but who exists, which clients there are, and which scope has which claims.
import Provider from "oidc-provider";

const { issuer, port, clients } = JSON.parse(process.argv[2]);

const provider = new Provider(issuer, {
  clients,
  claims: { email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
  scopes: ["openid", "profile", "email", "groups"],
  // The name that is typed at its login page is the account.
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      name: "Alex Api",
      email: `${id}@practice.example.nz`,
      email_verified: true,
      groups: id.startsWith("gp") ? ["clinicians"] : ["reception"],
    }),
  }),
});
provider.listen(port, "127.0.0.1", () => console.log("ready"));
