package validation_test

import "testing"

const mailingList = `
apiVersion: crier.dev/v1alpha1
kind: MailingList
metadata: {name: staff}
spec:
  address: staff@lists.example.gov
  displayName: All Staff
  owners: [owner@example.gov]
  from: {address: news@example.gov, name: News}
  purpose: Mandatory
  audience: {subscriberSets: [{name: staff}]}
  relayRef: {name: main}
`

func TestMailingList(t *testing.T) {
	creations(t, mailingList, []refusal{
		{"selector", `spec: {audience: {subscriberSets: null, selector: {matchLabels: {a: b}}}}`, ""},
		{"empty selector", `spec: {audience: {subscriberSets: null, selector: {}}}`, ""},
		{"nobody", `spec: {audience: {subscriberSets: null}}`, "name subscriberSets, give a selector, or both"},
		{"no sets", `spec: {audience: {subscriberSets: []}}`, "should have at least 1 items"},
		{"the same set twice", `spec: {audience: {subscriberSets: [{name: a}, {name: a}]}}`, "Duplicate value"},
		{"bounds", `spec: {audience: {minRecipients: 10, maxRecipients: 10}}`, ""},
		{"crossed bounds", `spec: {audience: {minRecipients: 11, maxRecipients: 10}}`, "minRecipients must not be larger than maxRecipients"},
		{"filter", `spec: {audience: {filter: "subscriber.domain == 'example.gov'"}}`, ""},
		{"empty filter", `spec: {audience: {filter: ""}}`, "spec.audience.filter"},
		{"exclude", `spec: {audience: {exclude: {subscriberSets: [{name: left}], selector: {}}}}`, ""},
		{"exclude by label, if there is any", `spec: {audience: {exclude: {selector: {}, optional: true}}}`, ""},
		{"exclude by name, if there is any", `spec: {audience: {exclude: {subscriberSets: [{name: left}], optional: true}}}`, "optional is about the selector: give one. Sets that are named must be there"},
		{"exclude nobody", `spec: {audience: {exclude: {}}}`, "name subscriberSets, give a selector, or both"},
		{"exclude no sets", `spec: {audience: {exclude: {subscriberSets: []}}}`, "should have at least 1 items"},
		{"author is the list", `spec: {from: {address: staff@lists.example.gov}}`, "from.address must differ from address: replies and out-of-office notes of every recipient would go to the list"},
		{"unsubscribe by mail", `spec: {unsubscribe: {mailto: leave@example.gov}}`, ""},
		{"unsubscribe by nothing", `spec: {unsubscribe: {}}`, "give url, mailto or both"},
		{"unsubscribe for each", `spec: {unsubscribe: {url: "https://example.gov/leave?u={{ .Email }}&t={{.Attributes.token | urlquery}}#top"}}`, ""},
		{"unsubscribe by an odd attribute", `spec: {unsubscribe: {url: "https://example.gov/{{ index .Attributes \"a b\" }}"}}`, ""},
		{"unsubscribe by name", `spec: {unsubscribe: {url: "https://example.gov/leave?u={{ .Name }}"}}`, "in url only {{ .Email }} and {{ .Attributes.<name> }} can be used, after the host and before any #"},
		{"unsubscribe at many hosts", `spec: {unsubscribe: {url: "https://{{ .Attributes.host }}/leave"}}`, "in url only {{ .Email }}"},
		{"unsubscribe in a fragment", `spec: {unsubscribe: {url: "https://example.gov/#{{ .Email }}"}}`, "in url only {{ .Email }}"},
		{"unsubscribe by a condition", `spec: {unsubscribe: {url: "https://example.gov/{{ if .Name }}x{{ end }}"}}`, "in url only {{ .Email }}"},
		{"unsubscribe by a brace", `spec: {unsubscribe: {url: "https://example.gov/{x}"}}`, "spec.unsubscribe.url"},
		{"unsubscribe at a personal address", `spec: {unsubscribe: {mailto: "leave+{{.Email}}"}}`, "mailto is the same for everybody: fields such as {{ .Email }} can't stand in it"},
		{"personal name", `spec: {displayName: "News of {{ .Name }}"}`, "displayName is the same for everybody: fields such as {{ .Name }} can't stand in it"},
		{"personal footer", `spec: {footer: "Dear {{ .Name }}"}`, "footer is the same for everybody: fields such as {{ .Name }} can't stand in it"},
		{"personal postal address", `spec: {postalAddress: "{{ .Attributes.street }}"}`, "postalAddress is the same for everybody: fields such as {{ .Name }} can't stand in it"},
		{"personal author", `spec: {from: {name: "{{ .Attributes.agency }}"}}`, "name is the same for everybody: fields such as {{ .Name }} can't stand in it"},
		{"unsubscribe by script", `spec: {unsubscribe: {url: "javascript:alert(1)"}}`, "spec.unsubscribe.url"},
		{"report soon", `spec: {report: {after: 1m}}`, ""},
		{"report late", `spec: {report: {after: 168h}}`, ""},
		{"report too soon", `spec: {report: {after: 59s}}`, "after must be from 1m to 168h"},
		{"report too late", `spec: {report: {after: 168h1s}}`, "after must be from 1m to 168h"},
		{"report some time", `spec: {report: {after: soon}}`, "spec.report.after"},
		{"address with a name", `spec: {address: "Staff <staff@example.gov>"}`, "spec.address"},
		{"two addresses", `spec: {address: "a@example.gov,b@example.gov"}`, "spec.address"},
		{"no domain", `spec: {address: staff}`, "spec.address"},
		{"name with a line break", `spec: {displayName: "a\r\nBcc: b@example.org"}`, "spec.displayName"},
		{"author with a line break", `spec: {from: {name: "a\nBcc: b@example.org"}}`, "spec.from.name"},
		{"no owner", `spec: {owners: []}`, "spec.owners"},
		{"no purpose", `spec: {purpose: null}`, "spec.purpose: Required value"},
		{"another purpose", `spec: {purpose: Fun}`, `Unsupported value: "Fun"`},
	})
}

func TestMailingListKeepsItsAddress(t *testing.T) {
	const words = "address can't be changed: mail programs and filters know the list by it; create another MailingList"
	list := create(t, mailingList)
	updates(t, list, []refusal{
		{"another name", `spec: {displayName: Everybody}`, ""},
		{"another author", `spec: {from: {address: other@example.gov}}`, ""},
		{"another address", `spec: {address: all@lists.example.gov}`, words},
		{"in capitals", `spec: {address: STAFF@lists.example.gov}`, words},
		{"none", `spec: {address: null}`, "spec.address: Required value"},
	})
}
