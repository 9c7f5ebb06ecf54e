package validation_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
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
		{"no body", `spec: {content: {text: null}}`, "give markdown, html, text or a templateRef"},
		{"markdown", `spec: {content: {text: null, markdown: "# Hello"}}`, ""},
		{"markdown and text", `spec: {content: {markdown: "# Hello"}}`, "give markdown, or html and text: both parts are made of markdown"},
		{"markdown and html", `spec: {content: {text: null, html: "<p>Hello</p>", markdown: "# Hello"}}`, "give markdown, or html and text: both parts are made of markdown"},
		{"text and html", `spec: {content: {html: "<p>Hello</p>"}}`, ""},
		{"template alone", `spec: {content: {text: null, templateRef: {builtin: alert}}}`, ""},
		{"template of the namespace", `spec: {content: {templateRef: {name: hr}}}`, ""},
		{"template of two origins", `spec: {content: {templateRef: {name: hr, builtin: alert}}}`, "give exactly one of name and builtin"},
		{"template of none", `spec: {content: {templateRef: {}}}`, "give exactly one of name and builtin"},
		{"another builtin", `spec: {content: {templateRef: {builtin: brochure}}}`, `Unsupported value: "brochure"`},
		{"values", `spec: {content: {templateRef: {builtin: alert}, values: {headline: Flood}}}`, ""},
		{"values without a template", `spec: {content: {values: {headline: Flood}}}`, "values and sections need a templateRef"},
		{"long value", `spec: {content: {templateRef: {builtin: alert}, values: {headline: ` + strings.Repeat("a", 16385) + `}}}`, "spec.content.values.headline"},
		{"sections", `spec: {content: {templateRef: {builtin: newsletter}, sections: [{title: a}, {markdown: b, link: {url: "https://example.gov/", text: More}, image: {url: "cid:seal", alt: Seal}}]}}`, ""},
		{"sections without a template", `spec: {content: {sections: [{title: a}]}}`, "values and sections need a templateRef"},
		{"empty section", `spec: {content: {templateRef: {builtin: newsletter}, sections: [{link: {url: "https://example.gov/", text: More}}]}}`, "a section needs a title or markdown"},
		{"link to a script", `spec: {content: {templateRef: {builtin: newsletter}, sections: [{title: a, link: {url: "javascript:alert(1)", text: More}}]}}`, "spec.content.sections[0].link.url"},
		{"image in the clear", `spec: {content: {templateRef: {builtin: newsletter}, sections: [{title: a, image: {url: "http://example.gov/a.png", alt: A}}]}}`, "spec.content.sections[0].image.url"},
		{"image without words", `spec: {content: {templateRef: {builtin: newsletter}, sections: [{title: a, image: {url: "https://example.gov/a.png"}}]}}`, "spec.content.sections[0].image.alt: Required value"},
		{"attachments", `spec: {content: {attachments: [{name: form.pdf, configMap: {name: files, key: form.pdf}}, {name: seal.png, contentType: image/png, contentID: seal, secret: {name: files, key: seal}}]}}`, ""},
		{"attachment from two objects", `spec: {content: {attachments: [{name: form.pdf, configMap: {name: a, key: b}, secret: {name: a, key: b}}]}}`, "give exactly one of configMap and secret"},
		{"attachment from none", `spec: {content: {attachments: [{name: form.pdf}]}}`, "give exactly one of configMap and secret"},
		{"attachment with a path", `spec: {content: {attachments: [{name: "../form.pdf", configMap: {name: a, key: b}}]}}`, "spec.content.attachments[0].name"},
		{"attachment with a parameter", `spec: {content: {attachments: [{name: form.pdf, contentType: "text/plain; x=y", configMap: {name: a, key: b}}]}}`, "spec.content.attachments[0].contentType"},
		{"two attachments of a name", `spec: {content: {attachments: [{name: a, configMap: {name: a, key: b}}, {name: a, configMap: {name: a, key: c}}]}}`, "Duplicate value"},
		{"event", `spec: {content: {event: {summary: Town hall, start: "2026-03-09T15:00:00Z", end: "2026-03-09T11:00:01-05:00", timeZone: America/Argentina/Buenos_Aires}}}`, ""},
		{"event without a length", `spec: {content: {event: {summary: Town hall, start: "2026-03-09T15:00:00Z", end: "2026-03-09T15:00:00Z"}}}`, "end must be later than start"},
		{"event that ends before", `spec: {content: {event: {summary: Town hall, start: "2026-03-09T15:00:00Z", end: "2026-03-09T14:00:00Z"}}}`, "end must be later than start"},
		{"days of UTC", `spec: {content: {event: {summary: Day off, allDay: true, start: "2026-03-09T00:00:00Z", end: "2026-03-10T00:00:00Z"}}}`, ""},
		{"a day of UTC until its last minute", `spec: {content: {event: {summary: Day off, allDay: true, start: "2026-03-09T00:00:00Z", end: "2026-03-09T23:59:59Z"}}}`, ""},
		{"days of a zone", `spec: {content: {event: {summary: Day off, allDay: true, timeZone: Europe/Berlin, start: "2026-03-09T00:00:00+01:00", end: "2026-03-09T23:59:00+01:00"}}}`, ""},
		{"days of nobody knows where", `spec: {content: {event: {summary: Day off, allDay: true, start: "2026-03-09T00:00:00+01:00", end: "2026-03-10T00:00:00Z"}}}`, startOfUTC},
		{"a last day of nobody knows where", `spec: {content: {event: {summary: Day off, allDay: true, start: "2026-03-09T00:00:00Z", end: "2026-03-09T23:59:59-05:00"}}}`, endOfUTC},
		{"event in the file system", `spec: {content: {event: {summary: Town hall, start: "2026-03-09T15:00:00Z", end: "2026-03-09T16:00:00Z", timeZone: ../etc}}}`, "spec.content.event.timeZone"},
		{"language", `spec: {content: {language: es-US}}`, ""},
		{"no language", `spec: {content: {language: spanish!}}`, "spec.content.language"},
		{"several lists", `spec: {listRef: null, listRefs: [{name: staff}, {name: retired}]}`, ""},
		{"one list and several", `spec: {listRefs: [{name: staff}]}`, "give exactly one of listRef and listRefs"},
		{"no list", `spec: {listRef: null}`, "give exactly one of listRef and listRefs"},
		{"the same list twice", `spec: {listRef: null, listRefs: [{name: staff}, {name: staff}]}`, "Duplicate value"},
		{"no lists", `spec: {listRef: null, listRefs: []}`, "should have at least 1 items"},
		{"filter", `spec: {filter: subscriber.attributes.branch == "executive"}`, ""},
		{"empty filter", `spec: {filter: ""}`, "spec.filter"},
		{"exclude", `spec: {audience: {exclude: {subscriberSets: [{name: left}]}}}`, ""},
		{"exclude by label", `spec: {audience: {exclude: {selector: {matchLabels: {a: b}}}}}`, ""},
		{"exclude by label, if there is any", `spec: {audience: {exclude: {selector: {matchLabels: {a: b}}, optional: true}}}`, ""},
		{"exclude by name, certainly", `spec: {audience: {exclude: {subscriberSets: [{name: left}], optional: false}}}`, ""},
		{"exclude by name, if there is any", `spec: {audience: {exclude: {subscriberSets: [{name: left}], optional: true}}}`, "optional is about the selector: give one. Sets that are named must be there"},
		{"exclude nobody", `spec: {audience: {exclude: {}}}`, "name subscriberSets, give a selector, or both"},
		{"test", `spec: {test: {token: first, recipients: [a@example.gov], as: b@example.gov}}`, ""},
		{"test to nobody", `spec: {test: {token: first, recipients: []}}`, "spec.test.recipients"},
		{"test to no address", `spec: {test: {token: first, recipients: ["A <a@example.gov>"]}}`, "spec.test.recipients[0]"},
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
		{"personal summary", `spec: {content: {event: {start: "2026-03-09T15:00:00Z", end: "2026-03-09T16:00:00Z", summary: "Talk for {{ .Name }}"}}}`, "summary is the same for everybody: fields such as {{ .Name }} can't stand in it"},
		{"personal location", `spec: {content: {event: {summary: Town hall, start: "2026-03-09T15:00:00Z", end: "2026-03-09T16:00:00Z", location: "Room {{ .Attributes.room }}"}}}`, "location is the same for everybody: fields such as {{ .Name }} can't stand in it"},
		{"personal description", `spec: {content: {event: {summary: Town hall, start: "2026-03-09T15:00:00Z", end: "2026-03-09T16:00:00Z", description: "{{.Name}}"}}}`, "description is the same for everybody: fields such as {{ .Name }} can't stand in it"},
		{"personal url", `spec: {content: {event: {summary: Town hall, start: "2026-03-09T15:00:00Z", end: "2026-03-09T16:00:00Z", url: "https://e.example/{{.Email}}"}}}`, "url is the same for everybody: fields such as {{ .Name }} can't stand in it"},
		{"personal author", `spec: {fromName: "Office of {{ .Attributes.agency }}"}`, "fromName is the same for everybody: fields such as {{ .Name }} can't stand in it"},
		{"personal file", `spec: {content: {attachments: [{name: "For {{.Name}}.pdf", configMap: {name: a, key: b}}]}}`, "name of a file is the same for everybody: fields such as {{ .Name }} can't stand in it"},
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
	startOfUTC = "start of an all-day event without timeZone must be midnight in UTC: write the day as 2026-12-03T00:00:00Z, or say whose day it is with timeZone, such as Europe/Berlin"
	endOfUTC   = "end of an all-day event without timeZone must be midnight in UTC, or the last minute of its last day: write the last day as 2026-12-03T00:00:00Z, or say whose day it is with timeZone, such as Europe/Berlin"
)

const (
	sealedIdentity = "this Broadcast is sealed: it is being sent or was sent; only suspend, priority, resend and test can change. To send something else, create a Broadcast with a new name"
	sealedContent  = "this Broadcast is sealed: it is being sent or was sent, and its content can't change. To send something else, create a Broadcast with a new name"
	sealedTemplate = "this Broadcast is sealed: its template, values and sections can't change. To send something else, create a Broadcast with a new name"
	sealedFiles    = "this Broadcast is sealed: its attachments and event can't change. To send something else, create a Broadcast with a new name"
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

func sealed(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	b := create(t, text)
	b.Object["status"] = map[string]any{"observedGeneration": int64(1), "sealed": map[string]any{"generation": int64(1), "contentHash": "v1:a"}}
	if err := server.Client.Status().Update(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSealedBroadcast(t *testing.T) {
	sparse := sealed(t, broadcast)
	full := sealed(t, `
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
  audience: {minRecipients: 1, exclude: {subscriberSets: [{name: left}]}}
  filter: subscriber.attributes.branch == "executive"
  maxDeferral: 12h
  onUnknown: Report
  onRecreate: Resume
`)
	may := []refusal{
		{"nothing", `{}`, ""},
		{"label", `metadata: {labels: {a: b}}`, ""},
		{"suspend", `spec: {suspend: true}`, ""},
		{"priority", `spec: {priority: Urgent}`, ""},
		{"resend", `spec: {resend: {token: once, only: Failed, notAfter: "2027-03-10T17:00:00Z"}}`, ""},
		{"test", `spec: {test: {token: once, recipients: [a@example.gov]}}`, ""},
		{"subject", `spec: {subject: Another}`, sealedIdentity},
		{"several lists", `spec: {listRef: null, listRefs: [{name: staff}]}`, sealedIdentity},
		{"text to markdown", `spec: {content: {text: null, html: null, markdown: "# Hello"}}`, sealedContent},
		{"language added", `spec: {content: {language: es}}`, sealedContent},
		{"template added", `spec: {content: {templateRef: {builtin: letter}}}`, sealedTemplate},
		{"attachment added", `spec: {content: {attachments: [{name: a, configMap: {name: a, key: b}}]}}`, sealedFiles},
		{"event added", `spec: {content: {event: {summary: Town hall, start: "2026-03-09T15:00:00Z", end: "2026-03-09T16:00:00Z"}}}`, sealedFiles},
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
		{"filter added", `spec: {filter: "true"}`, sealedIdentity},
		{"audience added", `spec: {audience: {maxRecipients: 1}}`, sealedPolicies},
		{"exclusion added", `spec: {audience: {exclude: {subscriberSets: [{name: left}]}}}`, sealedPolicies},
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
		{"exclusion", `spec: {audience: {exclude: {subscriberSets: [{name: right}]}}}`, sealedPolicies},
		{"exclusion removed", `spec: {audience: {exclude: null}}`, sealedPolicies},
		{"filter", `spec: {filter: "true"}`, sealedIdentity},
		{"filter removed", `spec: {filter: null}`, sealedIdentity},
		{"audience removed", `spec: {audience: null}`, sealedPolicies},
		{"maxDeferral", `spec: {maxDeferral: 1h}`, sealedPolicies},
		{"onUnknown", `spec: {onUnknown: Resend}`, sealedPolicies},
		{"onUnknown removed", `spec: {onUnknown: null}`, sealedPolicies},
		{"onRecreate", `spec: {onRecreate: Hold}`, sealedPolicies},
	}...))
}

func TestSealedLayout(t *testing.T) {
	b := sealed(t, `
apiVersion: crier.dev/v1alpha1
kind: Broadcast
metadata: {name: news}
spec:
  listRefs: [{name: staff}, {name: retired}]
  subject: News
  content:
    markdown: "# Hello"
    language: en
    templateRef: {builtin: newsletter}
    values: {headline: News}
    sections: [{title: First}]
    attachments: [{name: a, configMap: {name: a, key: b}}, {name: b, configMap: {name: a, key: c}}]
    event: {summary: Town hall, start: "2026-03-09T15:00:00Z", end: "2026-03-09T16:00:00Z"}
  notAfter: "2026-03-10T17:00:00Z"
  test: {token: first, recipients: [a@example.gov]}
`)
	updates(t, b, []refusal{
		{"nothing", `{}`, ""},
		{"test", `spec: {test: {token: second, recipients: [b@example.gov]}}`, ""},
		{"test removed", `spec: {test: null}`, ""},
		{"suspend", `spec: {suspend: true}`, ""},
		{"lists", `spec: {listRefs: [{name: staff}]}`, sealedIdentity},
		{"order of lists", `spec: {listRefs: [{name: retired}, {name: staff}]}`, sealedIdentity},
		{"one list", `spec: {listRefs: null, listRef: {name: staff}}`, sealedIdentity},
		{"markdown", `spec: {content: {markdown: "# Another"}}`, sealedContent},
		{"markdown removed", `spec: {content: {markdown: null}}`, sealedContent},
		{"language", `spec: {content: {language: es}}`, sealedContent},
		{"language removed", `spec: {content: {language: null}}`, sealedContent},
		{"template", `spec: {content: {templateRef: {builtin: letter}}}`, sealedTemplate},
		{"template of the namespace", `spec: {content: {templateRef: {builtin: null, name: newsletter}}}`, sealedTemplate},
		{"template removed", `spec: {content: {templateRef: null, values: null, sections: null}}`, sealedTemplate},
		{"value", `spec: {content: {values: {headline: Other news}}}`, sealedTemplate},
		{"value added", `spec: {content: {values: {preheader: Other news}}}`, sealedTemplate},
		{"values removed", `spec: {content: {values: null}}`, sealedTemplate},
		{"section", `spec: {content: {sections: [{title: Second}]}}`, sealedTemplate},
		{"section added", `spec: {content: {sections: [{title: First}, {title: Second}]}}`, sealedTemplate},
		{"sections removed", `spec: {content: {sections: null}}`, sealedTemplate},
		{"attachment", `spec: {content: {attachments: [{name: a, configMap: {name: a, key: c}}]}}`, sealedFiles},
		{"order of attachments", `spec: {content: {attachments: [{name: b, configMap: {name: a, key: c}}, {name: a, configMap: {name: a, key: b}}]}}`, sealedFiles},
		{"attachments removed", `spec: {content: {attachments: null}}`, sealedFiles},
		{"event", `spec: {content: {event: {start: "2026-03-09T14:00:00Z"}}}`, sealedFiles},
		{"event removed", `spec: {content: {event: null}}`, sealedFiles},
	})
}
