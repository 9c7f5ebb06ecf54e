package lifecycle

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

// projectionV1 must never change, nor the types in it: hashes in records were
// made with them. So they are types of its own, copies of what the API had, and
// a change of the API changes no hash. A field that is added to the API is added
// here, left out when empty: what hasn't got it keeps its hash.
type projectionV1 struct {
	List     string      `json:"list"`
	Subject  string      `json:"subject"`
	Text     string      `json:"text,omitempty"`
	HTML     string      `json:"html,omitempty"`
	FromName string      `json:"fromName,omitempty"`
	ReplyTo  []mailboxV1 `json:"replyTo,omitempty"`
	SendAt   string      `json:"sendAt,omitempty"`
	NotAfter string      `json:"notAfter,omitempty"`

	// Fields that were added later, left out when empty.

	Lists       []string          `json:"lists,omitempty"`
	Filter      string            `json:"filter,omitempty"`
	Markdown    string            `json:"markdown,omitempty"`
	Template    *templateV1       `json:"template,omitempty"`
	Values      map[string]string `json:"values,omitempty"`
	Sections    []sectionV1       `json:"sections,omitempty"`
	Attachments []attachmentV1    `json:"attachments,omitempty"`
	Event       *eventV1          `json:"event,omitempty"`
	Language    string            `json:"language,omitempty"`
	Exclude     *exclusionV1      `json:"exclude,omitempty"`
}

type mailboxV1 struct {
	Address string `json:"address"`
	Name    string `json:"name,omitempty"`
}

type templateV1 struct {
	Name    string `json:"name,omitempty"`
	Builtin string `json:"builtin,omitempty"`
}

type sectionV1 struct {
	Title    string   `json:"title,omitempty"`
	Markdown string   `json:"markdown,omitempty"`
	Image    *imageV1 `json:"image,omitempty"`
	Link     *linkV1  `json:"link,omitempty"`
}

type imageV1 struct {
	URL string `json:"url"`
	Alt string `json:"alt"`
}

type linkV1 struct {
	URL  string `json:"url"`
	Text string `json:"text"`
}

type attachmentV1 struct {
	Name        string `json:"name"`
	ContentType string `json:"contentType,omitempty"`
	ContentID   string `json:"contentID,omitempty"`
	ConfigMap   *keyV1 `json:"configMap,omitempty"`
	Secret      *keyV1 `json:"secret,omitempty"`
}

type keyV1 struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

type eventV1 struct {
	Start       *string `json:"start"` // null for none
	End         *string `json:"end"`
	AllDay      bool    `json:"allDay,omitempty"`
	TimeZone    string  `json:"timeZone,omitempty"`
	Summary     string  `json:"summary"`
	Location    string  `json:"location,omitempty"`
	Description string  `json:"description,omitempty"`
	URL         string  `json:"url,omitempty"`
}

type exclusionV1 struct {
	SubscriberSets []referenceV1 `json:"subscriberSets,omitempty"`
	Selector       *selectorV1   `json:"selector,omitempty"`
	Optional       bool          `json:"optional,omitempty"`
}

type referenceV1 struct {
	Name string `json:"name"`
}

type selectorV1 struct {
	MatchLabels      map[string]string `json:"matchLabels,omitempty"`
	MatchExpressions []requirementV1   `json:"matchExpressions,omitempty"`
}

type requirementV1 struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Values   []string `json:"values,omitempty"`
}

func projectV1(spec crier.BroadcastSpec) projectionV1 {
	projection := projectionV1{
		Subject:  spec.Subject,
		Text:     spec.Content.Text,
		HTML:     spec.Content.HTML,
		FromName: spec.FromName,
		ReplyTo:  each(spec.ReplyTo, func(m crier.Mailbox) mailboxV1 { return mailboxV1{m.Address, m.Name} }),
		SendAt:   instant(spec.SendAt),
		NotAfter: instant(spec.NotAfter),
		Filter:   string(spec.Filter),
		Markdown: spec.Content.Markdown,
		Sections: each(spec.Content.Sections, sectionOf), Attachments: each(spec.Content.Attachments, attachmentOf),
		Event: eventOf(spec.Content.Event), Language: spec.Content.Language,
		Lists: each(spec.ListRefs, func(ref crier.LocalReference) string { return ref.Name }),
	}
	if spec.ListRef != nil {
		projection.List = spec.ListRef.Name
	}
	if t := spec.Content.TemplateRef; t != nil {
		projection.Template = &templateV1{t.Name, string(t.Builtin)}
	}
	for name, value := range spec.Content.Values {
		if projection.Values == nil {
			projection.Values = map[string]string{}
		}
		projection.Values[name] = string(value)
	}
	if spec.Audience != nil {
		projection.Exclude = exclusionOf(spec.Audience.Exclude)
	}
	return projection
}

func each[A, B any](in []A, of func(A) B) (out []B) {
	for _, a := range in {
		out = append(out, of(a))
	}
	return out
}

func sectionOf(s crier.ContentSection) sectionV1 {
	section := sectionV1{Title: s.Title, Markdown: s.Markdown}
	if s.Image != nil {
		section.Image = &imageV1{s.Image.URL, s.Image.Alt}
	}
	if s.Link != nil {
		section.Link = &linkV1{s.Link.URL, s.Link.Text}
	}
	return section
}

func attachmentOf(a crier.ContentAttachment) attachmentV1 {
	return attachmentV1{
		Name: a.Name, ContentType: a.ContentType, ContentID: a.ContentID,
		ConfigMap: keyOf(a.ConfigMap), Secret: keyOf(a.Secret),
	}
}

func keyOf(k *crier.ObjectKey) *keyV1 {
	if k == nil {
		return nil
	}
	return &keyV1{k.Name, k.Key}
}

func eventOf(e *crier.CalendarEvent) *eventV1 {
	if e == nil {
		return nil
	}
	return &eventV1{
		Start: moment(e.Start), End: moment(e.End), AllDay: e.AllDay, TimeZone: e.TimeZone,
		Summary: e.Summary, Location: e.Location, Description: e.Description, URL: e.URL,
	}
}

func exclusionOf(e *crier.AudienceExclusion) *exclusionV1 {
	if e == nil {
		return nil
	}
	out := &exclusionV1{
		SubscriberSets: each(e.SubscriberSets, func(ref crier.LocalReference) referenceV1 { return referenceV1{ref.Name} }),
		Optional:       e.Optional,
	}
	if e.Selector != nil {
		out.Selector = &selectorV1{
			MatchLabels: e.Selector.MatchLabels,
			MatchExpressions: each(e.Selector.MatchExpressions, func(r metav1.LabelSelectorRequirement) requirementV1 {
				return requirementV1{r.Key, string(r.Operator), r.Values}
			}),
		}
	}
	return out
}

// instant writes a time in UTC: the same moment in another zone is the same content.
func instant(t *metav1.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// moment is an instant that has to be there.
func moment(t metav1.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := instant(&t)
	return &s
}
