package validation_test

import (
	"strings"
	"testing"
)

const broadcast = `
apiVersion: crier.dev/v1alpha1
kind: Broadcast
metadata: {name: enrollment}
spec:
  listRef: {name: staff}
  subject: Open enrollment
  content: {text: "Hello {{ .Name }}"}
  notAfter: "2026-03-10T17:00:00Z"
`

func TestBroadcast(t *testing.T) {
	creations(t, broadcast, []refusal{
		{"html", `spec: {content: {text: null, html: "<p>Hello</p>"}}`, ""},
		{"no body", `spec: {content: {text: null}}`, "give text, html or both"},
		{"empty body", `spec: {content: {text: ""}}`, "spec.content.text"},
		{"sendAt", `spec: {sendAt: "2026-03-02T09:00:00Z", notAfter: null}`, ""},
		{"no deadline", `spec: {notAfter: null}`, "say when the message becomes too late: give notAfter, or sendAt (then three days after it unless notAfter is given)"},
		{"too late before it starts", `spec: {sendAt: "2026-03-10T17:00:00Z"}`, "notAfter must be later than sendAt"},
		{"another time zone", `spec: {sendAt: "2026-03-10T18:30:00+02:00"}`, ""},
		{"too late in another time zone", `spec: {sendAt: "2026-03-10T18:30:00+01:00"}`, "notAfter must be later than sendAt"},
		{"90 days", `spec: {sendAt: "2026-01-01T00:00:00Z", notAfter: "2026-04-01T00:00:00Z"}`, ""},
		{"more than 90 days", `spec: {sendAt: "2026-01-01T00:00:00Z", notAfter: "2026-04-01T00:00:01Z"}`, "notAfter must be within 90 days after sendAt"},
		{"maxDeferral", `spec: {maxDeferral: 168h}`, ""},
		{"short maxDeferral", `spec: {maxDeferral: 59s}`, "maxDeferral must be from 1m to 168h"},
		{"long maxDeferral", `spec: {maxDeferral: 169h}`, "maxDeferral must be from 1m to 168h"},
		{"urgent", `spec: {priority: Urgent}`, ""},
		{"more than urgent", `spec: {priority: Highest}`, `Unsupported value: "Highest"`},
		{"bounds", `spec: {audience: {minRecipients: 1, maxRecipients: 2}}`, ""},
		{"crossed bounds", `spec: {audience: {minRecipients: 2, maxRecipients: 1}}`, "minRecipients must not be larger than maxRecipients"},
		{"a name of 63 characters", `metadata: {name: ` + strings.Repeat("a", 63) + `}`, ""},
		{"a name of 64 characters", `metadata: {name: ` + strings.Repeat("a", 64) + `}`, "the name of a Broadcast has at most 63 characters"},
		{"author with a line break", `spec: {fromName: "a\r\nBcc: b@example.org"}`, "spec.fromName"},
		{"no subject", `spec: {subject: ""}`, "spec.subject"},
		{"resend", `spec: {resend: {token: once, only: Remaining, notAfter: "2026-03-10T17:00:00Z"}}`, ""},
		{"resend without a deadline", `spec: {resend: {token: once, only: Remaining}}`, "spec.resend.notAfter: Required value"},
		{"resend to somebody", `spec: {resend: {token: once, only: Some, notAfter: "2026-03-10T17:00:00Z"}}`, `Unsupported value: "Some"`},
		{"resend with a blank token", `spec: {resend: {token: " ", only: All, notAfter: "2026-03-10T17:00:00Z"}}`, "spec.resend.token"},
	})
}

// What can't change once a Broadcast is sealed: sealed changes each field to
// another value, from none to one, and from one to none.
const (
	sealedIdentity = "this Broadcast is sealed: it is being sent or was sent; only suspend, priority and resend can change. To send something else, create a Broadcast with a new name"
	sealedContent  = "this Broadcast is sealed: it is being sent or was sent, and its content can't change. To send something else, create a Broadcast with a new name"
	sealedAuthor   = "this Broadcast is sealed: fromName and replyTo can't change. To send something else, create a Broadcast with a new name"
	sealedTimes    = "this Broadcast is sealed: sendAt and notAfter can't change. A resend has a notAfter of its own"
	sealedPolicies = "this Broadcast is sealed: audience, maxDeferral, onUnknown and onRecreate can't change"
)

func TestBroadcastBeforeItIsSealed(t *testing.T) {
	updates(t, create(t, broadcast), []refusal{
		{"subject", `spec: {subject: Another}`, ""},
		{"list", `spec: {listRef: {name: another}}`, ""},
		{"text", `spec: {content: {text: Another}}`, ""},
		{"deadline", `spec: {notAfter: "2026-03-11T17:00:00Z"}`, ""},
		{"audience", `spec: {audience: {maxRecipients: 10}}`, ""},
	})
}

func TestSealedBroadcast(t *testing.T) {
	sparse := create(t, broadcast)
	full := create(t, `
apiVersion: crier.dev/v1alpha1
kind: Broadcast
metadata: {name: enrollment}
spec:
  listRef: {name: staff}
  subject: Open enrollment
  content: {text: "Hello {{ .Name }}", html: "<p>Hello</p>"}
  fromName: Benefits
  replyTo: [{address: benefits@example.gov}]
  sendAt: "2026-03-02T09:00:00Z"
  notAfter: "2026-03-10T17:00:00Z"
  audience: {minRecipients: 1}
  maxDeferral: 12h
  onUnknown: Report
  onRecreate: Resume
`)
	for _, b := range []map[string]any{sparse.Object, full.Object} {
		b["status"] = map[string]any{"observedGeneration": int64(1), "sealed": map[string]any{"generation": int64(1), "contentHash": "v1:a"}}
	}
	if err := server.Client.Status().Update(t.Context(), sparse); err != nil {
		t.Fatal(err)
	}
	if err := server.Client.Status().Update(t.Context(), full); err != nil {
		t.Fatal(err)
	}
	may := []refusal{
		{"nothing", `{}`, ""},
		{"label", `metadata: {labels: {a: b}}`, ""},
		{"suspend", `spec: {suspend: true}`, ""},
		{"priority", `spec: {priority: Urgent}`, ""},
		{"resend", `spec: {resend: {token: once, only: Failed, notAfter: "2027-03-10T17:00:00Z"}}`, ""},
		{"subject", `spec: {subject: Another}`, sealedIdentity},
		{"list", `spec: {listRef: {name: another}}`, sealedIdentity},
		{"text", `spec: {content: {text: Another}}`, sealedContent},
		{"notAfter", `spec: {notAfter: "2026-03-11T17:00:00Z"}`, sealedTimes},
		{"suspend together with another subject", `spec: {suspend: true, subject: Another}`, sealedIdentity},
	}
	updates(t, sparse, append(may, []refusal{
		{"text to html", `spec: {content: {text: null, html: "<p>Hello</p>"}}`, sealedContent},
		{"html added", `spec: {content: {html: "<p>Hello</p>"}}`, sealedContent},
		{"fromName added", `spec: {fromName: Benefits}`, sealedAuthor},
		{"replyTo added", `spec: {replyTo: [{address: benefits@example.gov}]}`, sealedAuthor},
		{"sendAt added", `spec: {sendAt: "2026-03-02T09:00:00Z"}`, sealedTimes},
		{"audience added", `spec: {audience: {maxRecipients: 1}}`, sealedPolicies},
		{"onUnknown added", `spec: {onUnknown: Resend}`, sealedPolicies},
		{"maxDeferral", `spec: {maxDeferral: 1h}`, sealedPolicies},
		{"onRecreate", `spec: {onRecreate: Resume}`, sealedPolicies},
	}...))
	updates(t, full, append(may, []refusal{
		{"html", `spec: {content: {html: "<p>Another</p>"}}`, sealedContent},
		{"html removed", `spec: {content: {html: null}}`, sealedContent},
		{"text removed", `spec: {content: {text: null}}`, sealedContent},
		{"fromName", `spec: {fromName: Another}`, sealedAuthor},
		{"fromName removed", `spec: {fromName: null}`, sealedAuthor},
		{"replyTo", `spec: {replyTo: [{address: another@example.gov}]}`, sealedAuthor},
		{"replyTo removed", `spec: {replyTo: null}`, sealedAuthor},
		{"sendAt", `spec: {sendAt: "2026-03-03T09:00:00Z"}`, sealedTimes},
		{"sendAt removed", `spec: {sendAt: null}`, sealedTimes},
		{"notAfter removed", `spec: {notAfter: null}`, sealedTimes},
		{"audience", `spec: {audience: {minRecipients: 2}}`, sealedPolicies},
		{"audience removed", `spec: {audience: null}`, sealedPolicies},
		{"maxDeferral", `spec: {maxDeferral: 1h}`, sealedPolicies},
		{"onUnknown", `spec: {onUnknown: Resend}`, sealedPolicies},
		{"onUnknown removed", `spec: {onUnknown: null}`, sealedPolicies},
		{"onRecreate", `spec: {onRecreate: Hold}`, sealedPolicies},
	}...))
}
