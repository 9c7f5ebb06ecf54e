package validation_test

import "testing"

const subscriberSet = `
apiVersion: crier.dev/v1alpha1
kind: SubscriberSet
metadata: {name: staff}
spec:
  source:
    csv:
      from:
      - configMap: {name: people}
`

func TestSubscriberSet(t *testing.T) {
	creations(t, subscriberSet, []refusal{
		{"inline", `spec: {source: {csv: null, inline: [{email: a@example.gov}]}}`, ""},
		{"an inline entry that is no address is counted, not refused", `spec: {source: {csv: null, inline: [{email: nobody}]}}`, ""},
		{"several objects", `spec: {source: {csv: {from: [{configMap: {name: a}}, {secret: {name: b, keys: [c.csv]}}]}}}`, ""},
		{"delimiter", `spec: {source: {csv: {delimiter: "\t"}}}`, ""},
		{"both sources", `spec: {source: {inline: [{email: a@example.gov}]}}`, "give exactly one of inline, csv, ldap, sql, https and union"},
		{"no source", `spec: {source: {csv: null}}`, "give exactly one of inline, csv, ldap, sql, https and union"},
		{"both objects", `spec: {source: {csv: {from: [{configMap: {name: a}, secret: {name: b}}]}}}`, "give exactly one of configMap and secret"},
		{"no object", `spec: {source: {csv: {from: [{}]}}}`, "give exactly one of configMap and secret"},
		{"no objects", `spec: {source: {csv: {from: []}}}`, "should have at least 1 items"},
		{"no source at all", `spec: {source: null}`, "spec.source: Required value"},
		{"another delimiter", `spec: {source: {csv: {delimiter: "#"}}}`, `Unsupported value: "#"`},
		{"directory", `spec: {source: {csv: null, ldap: {url: "ldaps://ldap.example.gov", baseDN: "dc=example,dc=gov"}}}`, ""},
		{"database", `spec: {source: {csv: null, sql: {host: db.example.gov, database: hr, secretRef: {name: db}, query: select email from staff}}}`, ""},
		{"address", `spec: {source: {csv: null, https: {url: "https://example.gov/staff.csv"}}}`, ""},
		{"union", `spec: {source: {csv: null, union: {subscriberSets: [{name: a}, {name: b}]}}}`, ""},
		{"directory and address", `spec: {source: {csv: null, https: {url: "https://example.gov/staff.csv"}, ldap: {url: "ldaps://ldap.example.gov", baseDN: "dc=example,dc=gov"}}}`, "give exactly one of inline, csv, ldap, sql, https and union"},
		{"database and file", `spec: {source: {sql: {host: db.example.gov, database: hr, secretRef: {name: db}, query: select email from staff}}}`, "give exactly one of inline, csv, ldap, sql, https and union"},
		{"union of nothing", `spec: {source: {csv: null, union: {subscriberSets: []}}}`, "should have at least 1 items"},
		{"directory with a login in its address", `spec: {source: {csv: null, ldap: {url: "ldaps://cn:pw@ldap.example.gov", baseDN: "dc=example,dc=gov"}}}`, "spec.source.ldap.url"},
		{"directory in no time", `spec: {source: {csv: null, ldap: {url: "ldaps://ldap.example.gov", baseDN: "dc=example,dc=gov", timeout: 999ms}}}`, "timeout must be from 1s to 1h"},
		{"directory in an hour", `spec: {source: {csv: null, ldap: {url: "ldap://ldap.example.gov", baseDN: "dc=example,dc=gov", timeout: 1h}}}`, ""},
		{"database without a login", `spec: {source: {csv: null, sql: {host: db.example.gov, database: hr, query: select email from staff}}}`, "spec.source.sql.secretRef: Required value"},
		{"database in no time", `spec: {source: {csv: null, sql: {host: db.example.gov, database: hr, secretRef: {name: db}, query: select email from staff, statementTimeout: 0s}}}`, "statementTimeout must be from 1s to 1h"},
		{"database in a second", `spec: {source: {csv: null, sql: {host: db.example.gov, database: hr, secretRef: {name: db}, query: select email from staff, statementTimeout: 1s}}}`, ""},
		{"another database", `spec: {source: {csv: null, sql: {driver: Oracle, host: db.example.gov, database: hr, secretRef: {name: db}, query: select email from staff}}}`, `Unsupported value: "Oracle"`},
		{"address in the clear", `spec: {source: {csv: null, https: {url: "http://example.gov/staff.csv"}}}`, "spec.source.https.url"},
		{"address with a login", `spec: {source: {csv: null, https: {url: "https://user:pw@example.gov/staff.csv"}}}`, "spec.source.https.url"},
		{"address in a day", `spec: {source: {csv: null, https: {url: "https://example.gov/staff.csv", timeout: 24h}}}`, "timeout must be from 1s to 1h"},
		{"address in a second", `spec: {source: {csv: null, https: {url: "https://example.gov/staff.csv", timeout: 1s}}}`, ""},
		{"once a minute", `spec: {refreshInterval: 1m}`, ""},
		{"once a second", `spec: {refreshInterval: 1s}`, "refreshInterval must be from 1m to 168h"},
		{"once a month", `spec: {refreshInterval: 720h}`, "refreshInterval must be from 1m to 168h"},
		{"guard", `spec: {guard: {maxShrinkPercent: 0, maxGrowPercent: 100000, maxAge: 5m}}`, ""},
		{"guard of more than all", `spec: {guard: {maxShrinkPercent: 101}}`, "spec.guard.maxShrinkPercent"},
		{"short age", `spec: {guard: {maxAge: 4m59s}}`, "maxAge must be at least 5m"},
		{"types", `spec: {attributes: {grade: {type: Integer, description: pay grade}, hired: {}}}`, ""},
		{"another type", `spec: {attributes: {grade: {type: Float}}}`, `Unsupported value: "Float"`},
	})
}
