package lifecycle

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	crier "crier.dev/crier/api/v1alpha1"
)

// nested are contents that have everything in them that the API's types have.
func nested() map[string]crier.BroadcastContent {
	title := crier.ContentSection{Title: "First"}
	return map[string]crier.BroadcastContent{
		"text":             {Text: "Dear <{{ .Name }}> & all"},
		"html":             {HTML: "<p>Dear</p>", Language: "de-CH"},
		"template":         {Markdown: "# Dear", TemplateRef: &crier.TemplateReference{Name: "notice"}},
		"built-in":         {TemplateRef: &crier.TemplateReference{Builtin: "newsletter"}},
		"values":           {TemplateRef: &crier.TemplateReference{Name: "notice"}, Values: map[string]crier.TemplateValue{"room": "12", "a": "", "z": "<b>"}},
		"no values":        {TemplateRef: &crier.TemplateReference{Name: "notice"}, Values: map[string]crier.TemplateValue{}},
		"empty template":   {TemplateRef: &crier.TemplateReference{}},
		"a section":        {Sections: []crier.ContentSection{title}},
		"no section":       {Sections: []crier.ContentSection{}},
		"an empty section": {Sections: []crier.ContentSection{{}, title}},
		"a whole section": {Sections: []crier.ContentSection{title, {
			Title: "Second", Markdown: "More",
			Image: &crier.ContentImage{URL: "cid:logo", Alt: "Seal"}, Link: &crier.ContentLink{URL: "https://example.gov/", Text: "Read on"},
		}}},
		"an empty image": {Sections: []crier.ContentSection{{Image: &crier.ContentImage{}, Link: &crier.ContentLink{}}}},
		"files": {Attachments: []crier.ContentAttachment{
			{Name: "a.pdf", ConfigMap: &crier.ObjectKey{Name: "files", Key: "a.pdf"}},
			{Name: "logo.png", ContentType: "image/png", ContentID: "logo", Secret: &crier.ObjectKey{Name: "images", Key: "logo"}},
		}},
		"a file without a source": {Attachments: []crier.ContentAttachment{{}, {ConfigMap: &crier.ObjectKey{}}}},
		"an event":                {Event: event(time.Hour, 2*time.Hour)},
		"a whole event": {Event: &crier.CalendarEvent{
			Start: *at(0), End: *at(24 * time.Hour), AllDay: true, TimeZone: "Europe/Berlin",
			Summary: "Drill", Location: "Room 12", Description: "Walk, don't run.", URL: "https://example.gov/drill",
		}},
		"an event without times": {Event: &crier.CalendarEvent{Summary: "Drill"}},
	}
}

// outer are the parts of a spec around its content.
func outer() map[string]crier.BroadcastSpec {
	exclude := func(e crier.AudienceExclusion) crier.BroadcastSpec {
		return crier.BroadcastSpec{Audience: &crier.BroadcastAudience{Exclude: &e}}
	}
	return map[string]crier.BroadcastSpec{
		"nothing":           {},
		"a list":            {ListRef: &crier.LocalReference{Name: "staff"}},
		"lists":             {ListRefs: lists("staff", "board")},
		"no lists":          {ListRefs: lists()},
		"replies":           {ReplyTo: []crier.Mailbox{{Name: "Desk", Address: "desk@example.gov"}, {Address: "b@example.gov"}}},
		"times":             {SendAt: at(time.Hour), NotAfter: at(48 * time.Hour)},
		"a fraction":        {NotAfter: &metav1.Time{Time: now.Add(time.Millisecond)}},
		"a filter":          {Filter: "city == 'Bern' && floor > 2"},
		"an empty audience": {Audience: &crier.BroadcastAudience{}},
		"no exclusion":      exclude(crier.AudienceExclusion{}),
		"excluded sets":     exclude(crier.AudienceExclusion{SubscriberSets: lists("interns", "guests")}),
		"excluded by labels": exclude(crier.AudienceExclusion{Optional: true, Selector: &metav1.LabelSelector{
			MatchLabels: map[string]string{"part": "yes", "a": "b"},
			MatchExpressions: []metav1.LabelSelectorRequirement{
				{Key: "tier", Operator: metav1.LabelSelectorOpIn, Values: []string{"x", "y"}}, {Key: "old", Operator: metav1.LabelSelectorOpDoesNotExist},
			},
		}}),
		"an empty selector": exclude(crier.AudienceExclusion{Selector: &metav1.LabelSelector{}}),
		"empty values": exclude(crier.AudienceExclusion{Selector: &metav1.LabelSelector{
			MatchLabels:      map[string]string{},
			MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "Exists", Values: []string{}}},
		}}),
	}
}

func projected() map[string]crier.BroadcastSpec {
	all := outer()
	for name, content := range nested() {
		all["content: "+name] = crier.BroadcastSpec{Subject: "Hi", Content: content}
	}
	return all
}

// golden are the hashes of the projected, without their version, as the release
// before the projection had types of its own made them.
var golden = map[string]string{
	"a filter":                         "e67cba5c7cb4b40f7fac711868cd4fe038bc2e6005843bd8e1036ea0706ef4db",
	"a fraction":                       "0c1e9e3f7cf7d208b1d5b97831180e0db5231263f46792c577ede9ae60d88781",
	"a list":                           "c6531effb8d10e3fcc1b73609b4d3e678d76fad114b55740760332f3441538f1",
	"an empty audience":                "07bf85341206ea30c2f4fdb12616ae5c3cfea91e2f91e10e4ec872c4daaa32b5",
	"an empty selector":                "b1fc7a7abde178cb65a7c8a612fbddba12295a07e7fdac2fa7f5b7eccbcd424f",
	"content: a file without a source": "658962961b1c85c66a7c71ba7f60fb2a9b2fb4f6fc49d4dded82037147d94082",
	"content: a section":               "dea05956a4b5077c2c56a0601c312c0dd8b95c7ae1e01fc8a1d702b3e8f681c9",
	"content: a whole event":           "10144da9a8d7270bb753912800db4f2dc20d7c2afd401cbf8afd64e5ab0ffdec",
	"content: a whole section":         "1d166eca9fc9a8b8df349a022faf8240fb4678018b4b176fcd4f1c5a79a23da2",
	"content: an empty image":          "400e5723a4d35c9b39652cdc9e76d2c81ed4b563c9b1feb640a260691a3bd8a4",
	"content: an empty section":        "07e79ef7a07f8c8a0d19ee33444687e4c8922db36fe9a71052afbd6a17a33ccd",
	"content: an event":                "6b6b2093fffad47d61077f0d1f6fedc0a89f3a3667b0c1e7a6ec4f06bb96e22b",
	"content: an event without times":  "75da8224f5e45ac89c82f6d73083e2ae0dd3147b822b8f9829c814e130232570",
	"content: built-in":                "0dc680d7b07416e11636d465df6e8d4200eeb0e4610d00acfea70571e8e3b2f4",
	"content: empty template":          "54f33e47b960239a7f758d35f8ed934dbbdd44d72f495b995cfd405d053a003e",
	"content: files":                   "1518db90482a9fccb1d3417b9f1bf8146b53289c66ba68bf96744ed905976515",
	"content: html":                    "45af0035d2eb99e7d7de5126e9b47846d6e358f3076a28cdb585d0f9b9e77139",
	"content: no section":              "b837c13173c1c8ce876649a3b2b71ac44003e913cbcb564f81e45ab36e2f28ba",
	"content: no values":               "e4df546a9cd700263d1b42b38dedecca59f45e47a31e662ce9e4320ea95ab0ce",
	"content: template":                "e5c8a9840d07be326aeef042feb10bd2b86502eb5f098bcbf3d2578b086e5773",
	"content: text":                    "1638a1e3a49bd23933dd8bcd324d07275625cf6bf3fb15713b14e2a5c2ea11ee",
	"content: values":                  "a97605f9451e91a46ed6961859c1d81da8f566a4dfc85666c0c9b8570b0475b0",
	"empty values":                     "9a30f0cd8b698a1b943b1642de44cfca9dbb8b1491ea989b6310ccbe73d8bbc2",
	"excluded by labels":               "fae696ad368f5256b21a8b1d796664b7f3853b2dfe64289f6727866cc56509c2",
	"excluded sets":                    "1d426f605c900f5ced10b1a4b582e8a8f44e9cf3c6a57165bd2ef34ea2e4ef0c",
	"lists":                            "4a8dc3b32bcbd97fbf6461a75c404b306e2206256bfbe5ca5f17532f1eb00def",
	"no exclusion":                     "d8a23a81e6c542a30c2cfb70de509a8053a76ff3de0e3b09131031eeaf9c24f7",
	"no lists":                         "07bf85341206ea30c2f4fdb12616ae5c3cfea91e2f91e10e4ec872c4daaa32b5",
	"nothing":                          "07bf85341206ea30c2f4fdb12616ae5c3cfea91e2f91e10e4ec872c4daaa32b5",
	"replies":                          "a55695c361a9109677d0a6033e5ae6a0f4ab9e0b8a7ad845ee4cd5302d99313a",
	"times":                            "f4600fbf86c7f10abc4ae151aebbbf4d34bdf0300535198c7aed8bd5d36c72ac",
}

// The values stand in records of clusters that run: whatever becomes of the
// API's types, what was sent under them is still the same.
func TestNestedHashesNeverChange(t *testing.T) {
	all := projected()
	for name, spec := range all {
		if got := ContentHash(spec); got != "v1:"+golden[name] {
			t.Errorf("%s: got %s, want %s", name, got, golden[name])
		}
	}
	if len(golden) != len(all) {
		t.Errorf("%d hashes of %d", len(golden), len(all))
	}
}

// policies are fields that aren't content, by the name of their type.
var policies = map[string][]string{
	"BroadcastSpec":     {"priority", "maxDeferral", "onUnknown", "onRecreate", "suspend", "resend", "test"},
	"BroadcastAudience": {"minRecipients", "maxRecipients"},
}

// renamed are fields of the API that the projection has elsewhere.
var renamed = map[string]string{
	"BroadcastSpec.listRef": "list", "BroadcastSpec.listRefs": "lists", "BroadcastSpec.audience": "exclude", "BroadcastSpec.content": "text",
	"BroadcastContent.templateRef": "template",
}

// A field that the API gets is content, and hashed, or it isn't, and said to be
// none here. One that is forgotten would be changed without anybody noticing.
func TestEveryFieldOfTheAPIIsDecidedAbout(t *testing.T) {
	whole := reflect.TypeFor[projectionV1]()
	for api, frozen := range map[reflect.Type]reflect.Type{
		reflect.TypeFor[crier.BroadcastSpec]():     whole,
		reflect.TypeFor[crier.BroadcastContent]():  whole,
		reflect.TypeFor[crier.BroadcastAudience](): whole,
		reflect.TypeFor[crier.Mailbox]():           reflect.TypeFor[mailboxV1](),
		reflect.TypeFor[crier.TemplateReference](): reflect.TypeFor[templateV1](),
		reflect.TypeFor[crier.ContentSection]():    reflect.TypeFor[sectionV1](),
		reflect.TypeFor[crier.ContentImage]():      reflect.TypeFor[imageV1](),
		reflect.TypeFor[crier.ContentLink]():       reflect.TypeFor[linkV1](),
		reflect.TypeFor[crier.ContentAttachment](): reflect.TypeFor[attachmentV1](),
		reflect.TypeFor[crier.ObjectKey]():         reflect.TypeFor[keyV1](),
		reflect.TypeFor[crier.CalendarEvent]():     reflect.TypeFor[eventV1](),
		reflect.TypeFor[crier.AudienceExclusion](): reflect.TypeFor[exclusionV1](),
		reflect.TypeFor[crier.LocalReference]():    reflect.TypeFor[referenceV1](),

		reflect.TypeFor[metav1.LabelSelector]():            reflect.TypeFor[selectorV1](),
		reflect.TypeFor[metav1.LabelSelectorRequirement](): reflect.TypeFor[requirementV1](),
	} {
		known := append(members(frozen), policies[api.Name()]...)
		for _, name := range members(api) {
			if other, ok := renamed[api.Name()+"."+name]; ok {
				name = other
			}
			if !slices.Contains(known, name) {
				t.Errorf("%s of %s is neither hashed nor said to be no content", name, api.Name())
			}
		}
	}
}

// members are the names that the fields of a type have in JSON.
func members(of reflect.Type) (names []string) {
	for i := range of.NumField() {
		field := of.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" && field.Anonymous {
			names = append(names, members(field.Type)...)
			continue
		}
		names = append(names, name)
	}
	return names
}

// The types of the projection are its own, but for text, numbers and truths.
func TestProjectionHasNoTypeOfTheAPI(t *testing.T) {
	var walk func(of reflect.Type)
	seen := map[reflect.Type]bool{}
	walk = func(of reflect.Type) {
		if seen[of] {
			return
		}
		seen[of] = true
		if path := of.PkgPath(); path != "" && path != reflect.TypeFor[projectionV1]().PkgPath() {
			t.Errorf("%s is of %s", of.Name(), path)
		}
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			walk(of.Elem())
		case reflect.Struct:
			for i := range of.NumField() {
				walk(of.Field(i).Type)
			}
		}
	}
	walk(reflect.TypeFor[projectionV1]())
}
