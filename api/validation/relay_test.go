package validation_test

import "testing"

const relay = `
apiVersion: crier.dev/v1alpha1
kind: Relay
metadata: {name: main}
spec:
  host: mail.example.gov
  bounceDomain: bounces.example.gov
  auth: {secretRef: {name: login}}
  grants:
  - namespaces: [hr]
    domains: [example.gov]
`

func TestRelay(t *testing.T) {
	creations(t, relay, []refusal{
		{"no login", `spec: {auth: null}`, ""},
		{"in the clear without a login", `spec: {auth: null, tls: {mode: None}}`, ""},
		{"in the clear", `spec: {tls: {mode: None}}`, "auth needs TLS: a password is never sent in the clear"},
		{"implicit", `spec: {tls: {mode: Implicit}, port: 465}`, ""},
		{"authority and server name", `spec: {tls: {caBundle: x, serverName: mail.example.org}}`, ""},
		{"server name without TLS", `spec: {auth: null, tls: {mode: None, serverName: x}}`, "mode None uses no serverName, caBundle or client certificate"},
		{"authority without TLS", `spec: {auth: null, tls: {mode: None, caBundle: x}}`, "mode None uses no serverName, caBundle or client certificate"},
		{"client certificate without TLS", `spec: {auth: null, tls: {mode: None, clientCertificateSecretRef: {name: x}}}`, "mode None uses no serverName, caBundle or client certificate"},
		{"another mode", `spec: {tls: {mode: Opportunistic}}`, `Unsupported value: "Opportunistic"`},
		{"external", `spec: {auth: {mechanism: External, secretRef: null}}`, ""},
		{"no secret", `spec: {auth: {mechanism: Plain, secretRef: null}}`, "secretRef is required but for mechanism External"},
		{"no secret and no mechanism", `spec: {auth: {secretRef: null}}`, "secretRef is required but for mechanism External"},
		{"grant by selector", `spec: {grants: [{namespaceSelector: {}, addresses: [a@example.gov]}]}`, ""},
		{"grant to both", `spec: {grants: [{namespaces: [hr], namespaceSelector: {}, domains: [example.gov]}]}`, "give exactly one of namespaces and namespaceSelector"},
		{"grant to nobody", `spec: {grants: [{domains: [example.gov]}]}`, "give exactly one of namespaces and namespaceSelector"},
		{"grant of nothing", `spec: {grants: [{namespaces: [hr]}]}`, "a grant without domains or addresses lets nobody send: give domains, addresses or both"},
		{"grant without namespaces", `spec: {grants: [{namespaces: [], domains: [example.gov]}]}`, "should have at least 1 items"},
		{"grant of list domains", `spec: {grants: [{namespaces: [hr], domains: [example.gov], listDomains: [lists.example.gov, bücher.example]}]}`, ""},
		{"grant of an address for lists", `spec: {grants: [{namespaces: [hr], domains: [example.gov], listDomains: [all@example.gov]}]}`, "listDomains[0]"},
		{"grant of a wildcard for lists", `spec: {grants: [{namespaces: [hr], domains: [example.gov], listDomains: ["*.example.gov"]}]}`, "listDomains[0]"},
		{"grant of no list domains", `spec: {grants: [{namespaces: [hr], domains: [example.gov], listDomains: []}]}`, "should have at least 1 items"},
		{"grant of list domains only", `spec: {grants: [{namespaces: [hr], listDomains: [example.gov]}]}`, "lets nobody send"},
		{"IPv6", `spec: {host: "2001:db8::25"}`, ""},
		{"host with a blank", `spec: {host: "a b"}`, "spec.host"},
		{"host with a line break", `spec: {host: "a\nb"}`, "spec.host"},
		{"HELO with a line break", `spec: {heloName: "a\r\nMAIL"}`, "spec.heloName"},
		{"port", `spec: {port: 0}`, "spec.port"},
		{"large port", `spec: {port: 65536}`, "spec.port"},
		{"no host", `spec: {host: null}`, "spec.host: Required value"},
		{"no bounce domain", `spec: {bounceDomain: null}`, "spec.bounceDomain: Required value"},
		{"long local part of bounces", `spec: {bounces: {localPart: thirteen-long}}`, "spec.bounces.localPart"},
		{"rate", `spec: {limits: {rate: {messages: 30, per: Minute}}}`, ""},
		{"rate per fortnight", `spec: {limits: {rate: {messages: 30, per: Fortnight}}}`, `Unsupported value: "Fortnight"`},
		{"no connections", `spec: {limits: {maxConnections: 0}}`, "spec.limits.maxConnections"},
		{"DKIM", `spec: {dkim: [{domain: example.gov, selector: s1, privateKeySecretRef: {name: k}}, {domain: example.gov, selector: s2.news, privateKeySecretRef: {name: k, key: rsa.pem}}]}`, ""},
		{"DKIM of an A-label", `spec: {dkim: [{domain: xn--bcher-kva.example, selector: s, privateKeySecretRef: {name: k}}]}`, ""},
		{"DKIM domain in capitals", `spec: {dkim: [{domain: Example.gov, selector: s, privateKeySecretRef: {name: k}}]}`, "domain must be a domain name in lower case, with A-labels (xn--...) for other letters, as in example.gov"},
		{"DKIM domain with a tag", `spec: {dkim: [{domain: "example.gov; l=0", selector: s, privateKeySecretRef: {name: k}}]}`, "domain must be a domain name in lower case"},
		{"DKIM domain with a line break", `spec: {dkim: [{domain: "example.gov\n", selector: s, privateKeySecretRef: {name: k}}]}`, "domain must be a domain name in lower case"},
		{"DKIM domain of one label", `spec: {dkim: [{domain: gov, selector: s, privateKeySecretRef: {name: k}}]}`, "domain must be a domain name in lower case"},
		{"DKIM selector", `spec: {dkim: [{domain: example.gov, selector: "s;x=1", privateKeySecretRef: {name: k}}]}`, "selector must be lower-case letters, digits and hyphens, with dots between, as in crier-2026"},
		{"DKIM selector whole", `spec: {dkim: [{domain: example.gov, selector: s._domainkey, privateKeySecretRef: {name: k}}]}`, "selector must be lower-case letters"},
		{"DKIM selector twice", `spec: {dkim: [{domain: example.gov, selector: s, privateKeySecretRef: {name: k}}, {domain: example.gov, selector: s, privateKeySecretRef: {name: l}}]}`, "Duplicate value"},
		{"DKIM without a Secret", `spec: {dkim: [{domain: example.gov, selector: s}]}`, "privateKeySecretRef: Required value"},
		{"DKIM key of a Secret", `spec: {dkim: [{domain: example.gov, selector: s, privateKeySecretRef: {name: k, key: a/b}}]}`, "key must be the name of a key of a Secret: letters, digits, hyphens, dots and underscores"},
	})
}
