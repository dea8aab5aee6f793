// s3rver with one bucket, on loopback.
import S3rver from "s3rver";

const [port, directory] = process.argv.slice(2);
const server = new S3rver({
  port: Number(port),
  address: "127.0.0.1",
  silent: true,
  directory,
  configureBuckets: [{ name: "clinicpro" }],
});
await server.run();
console.log("ready");
