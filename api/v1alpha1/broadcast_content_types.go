package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// TemplateReference names a layout.
//
// +kubebuilder:validation:XValidation:rule="has(self.name) != has(self.builtin)",message="give exactly one of name and builtin"
type TemplateReference struct {
	// name of a MessageTemplate of the namespace.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`

	// builtin is the name of a layout that comes with Crier.
	// +optional
	Builtin BuiltinTemplate `json:"builtin,omitempty"`
}

// BuiltinTemplate is the name of a layout that comes with Crier.
//
// +kubebuilder:validation:Enum=announcement;newsletter;alert;invitation;survey;letter
type BuiltinTemplate string

// TemplateValue is the value of a parameter, as text. Where its type is
// String, Markdown or URL, it may hold fields of the subscriber.
//
// +kubebuilder:validation:MaxLength=16384
type TemplateValue string

// ContentSection is a part of a message: an article of a newsletter, say.
//
// +kubebuilder:validation:XValidation:rule="has(self.title) || has(self.markdown)",message="a section needs a title or markdown"
type ContentSection struct {
	// title of the section.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Title string `json:"title,omitempty"`

	// markdown is the text of the section as CommonMark.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=65536
	Markdown string `json:"markdown,omitempty"`

	// image of the section.
	// +optional
	Image *ContentImage `json:"image,omitempty"`

	// link that leads on.
	// +optional
	Link *ContentLink `json:"link,omitempty"`
}

// ContentImage is an image and what it shows, for those who can't see it.
type ContentImage struct {
	// url of the image: https, or cid: and the contentID of an attachment.
	// +required
	// +kubebuilder:validation:MinLength=5
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^(https://|cid:)[^\s<>"]+$`
	URL string `json:"url"`

	// alt says what the image shows.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	Alt string `json:"alt"`
}

// ContentLink is a link and its text.
type ContentLink struct {
	// url that the link leads to.
	// +required
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^(https?://|mailto:|tel:)[^\s<>"]+$`
	URL string `json:"url"`

	// text of the link.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Text string `json:"text"`
}

// ContentAttachment is a file that goes with every copy. It is read once, when
// the message is frozen.
//
// +kubebuilder:validation:XValidation:rule="has(self.configMap) != has(self.secret)",message="give exactly one of configMap and secret"
type ContentAttachment struct {
	// name of the file as people see it.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=150
	// +kubebuilder:validation:Pattern=`^[^/\\\x00-\x1f\x7f]+$`
	// +kubebuilder:validation:XValidation:rule="!self.contains('{{')",message="name of a file is the same for everybody: fields such as {{ .Name }} can't stand in it"
	Name string `json:"name"`

	// contentType is the media type (RFC 2045); by the name unless given.
	// +optional
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=127
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$`
	ContentType string `json:"contentType,omitempty"`

	// contentID makes it an image that the HTML body shows: src="cid:<contentID>"
	// (RFC 2392).
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=60
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`
	ContentID string `json:"contentID,omitempty"`

	// configMap in the namespace of the Broadcast.
	// +optional
	ConfigMap *ObjectKey `json:"configMap,omitempty"`

	// secret in the namespace of the Broadcast. It must carry the label
	// crier.dev/use: attachment, or Crier doesn't read it.
	// +optional
	Secret *ObjectKey `json:"secret,omitempty"`
}

// ObjectKey names a key of an object of the same namespace.
type ObjectKey struct {
	// name of the object.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// key within the object.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[-._a-zA-Z0-9]+$`
	Key string `json:"key"`
}

// CalendarEvent is an entry that mail programs offer for the calendar.
//
// +kubebuilder:validation:XValidation:rule="self.end > self.start || (has(self.allDay) && self.allDay && self.end == self.start)",message="end must be later than start"
// +kubebuilder:validation:XValidation:rule="!has(self.allDay) || !self.allDay || has(self.timeZone) || (self.start.getHours() == 0 && self.start.getMinutes() == 0 && self.start.getSeconds() == 0)",message="start of an all-day event without timeZone must be midnight in UTC: write the day as 2026-12-03T00:00:00Z, or say whose day it is with timeZone, such as Europe/Berlin"
// +kubebuilder:validation:XValidation:rule="!has(self.allDay) || !self.allDay || has(self.timeZone) || (self.end.getHours() == 0 && self.end.getMinutes() == 0 && self.end.getSeconds() == 0) || (self.end.getHours() == 23 && self.end.getMinutes() == 59)",message="end of an all-day event without timeZone must be midnight in UTC, or the last minute of its last day: write the last day as 2026-12-03T00:00:00Z, or say whose day it is with timeZone, such as Europe/Berlin"
type CalendarEvent struct {
	// start of the event.
	// +required
	Start metav1.Time `json:"start"`

	// end of the event.
	// +required
	End metav1.Time `json:"end"`

	// allDay says that only the days of start and end count. The day of end is
	// the last one: a single day has both on it.
	// +optional
	AllDay bool `json:"allDay,omitempty"`

	// timeZone is the name of the time zone (tzdata) whose days count if
	// allDay is true. Without it days are those of UTC, and start and end have
	// to be midnight there. Otherwise mail programs show the times in the zone
	// of their reader.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][A-Za-z0-9/_+-]*$`
	TimeZone string `json:"timeZone,omitempty"`

	// summary is the title of the event.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="!self.contains('{{')",message="summary is the same for everybody: fields such as {{ .Name }} can't stand in it"
	Summary string `json:"summary"`

	// location of the event.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="!self.contains('{{')",message="location is the same for everybody: fields such as {{ .Name }} can't stand in it"
	Location string `json:"location,omitempty"`

	// description of the event.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	// +kubebuilder:validation:XValidation:rule="!self.contains('{{')",message="description is the same for everybody: fields such as {{ .Name }} can't stand in it"
	Description string `json:"description,omitempty"`

	// url that says more.
	// +optional
	// +kubebuilder:validation:MinLength=9
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^https://[^\s<>"]+$`
	// +kubebuilder:validation:XValidation:rule="!self.contains('{{')",message="url is the same for everybody: fields such as {{ .Name }} can't stand in it"
	URL string `json:"url,omitempty"`
}
