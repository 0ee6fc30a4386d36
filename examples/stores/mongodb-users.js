// MongoDB users for JobImport: mongosh mongodb://HOST/admin mongodb-users.js
// The postings of all namespaces are in one database, told apart by `source`. A user of its own for
// each namespace's workers can be revoked, limited and audited by itself.
db.createUser({
  user: "jobimport-gateway",
  pwd: passwordPrompt(),
  roles: [{ role: "read", db: "jobimport" }],
});
db.createUser({
  user: "recruiting-worker",
  pwd: passwordPrompt(),
  roles: [{ role: "readWrite", db: "jobimport" }],
});
