package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// MessageTemplateSpec is a layout for messages: Go templates over the fields
// of a subscriber, and over what a Broadcast gives: .Values.<parameter>,
// .Body, .Subject, .Sections, .List and .Language.
type MessageTemplateSpec struct {
	// description says what the template is for.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Description string `json:"description,omitempty"`

	// parameters that a Broadcast gives values for.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	Parameters []TemplateParameter `json:"parameters,omitempty"`

	// html is the HTML layout.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=262144
	HTML string `json:"html"`

	// text is the layout of the text part, which is derived from the HTML
	// part unless it is given.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=262144
	Text string `json:"text,omitempty"`
}

// ParameterType is what the value of a parameter is.
//
// +kubebuilder:validation:Enum=String;Markdown;URL;Color;Integer;Boolean;Date
type ParameterType string

// The types of parameters.
const (
	// ParameterString is a text of one or several lines.
	ParameterString ParameterType = "String"
	// ParameterMarkdown is a text as CommonMark.
	ParameterMarkdown ParameterType = "Markdown"
	// ParameterURL is an address: https, http, mailto, tel or cid.
	ParameterURL ParameterType = "URL"
	// ParameterColor is #rgb, #rrggbb or a name of CSS.
	ParameterColor ParameterType = "Color"
	// ParameterInteger is a whole number.
	ParameterInteger ParameterType = "Integer"
	// ParameterBoolean is true or false.
	ParameterBoolean ParameterType = "Boolean"
	// ParameterDate is a date or a time as in RFC 3339.
	ParameterDate ParameterType = "Date"
)

// TemplateParameter is something that a Broadcast can say in a template.
//
// +kubebuilder:validation:XValidation:rule="!has(self.required) || !self.required || !has(self.default)",message="a required parameter has no default"
type TemplateParameter struct {
	// name of the parameter.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z][A-Za-z0-9_]*$`
	Name string `json:"name"`

	// description says what the parameter is for.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	Description string `json:"description,omitempty"`

	// type of its value; String unless given.
	// +optional
	Type ParameterType `json:"type,omitempty"`

	// required says that a Broadcast must give a value.
	// +optional
	Required bool `json:"required,omitempty"`

	// default is the value unless one is given.
	// +optional
	// +kubebuilder:validation:MaxLength=4096
	Default string `json:"default,omitempty"`
}

// MessageTemplateStatus is what Crier found out about a template.
type MessageTemplateStatus struct {
	// observedGeneration is the generation of the spec that this status is about.
	// +optional
	// +kubebuilder:default=-1
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions are Ready, Reconciling and Stalled.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// MessageTemplate is a layout for the messages of a namespace.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=mt,categories=crier
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Description",type=string,JSONPath=`.spec.description`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type MessageTemplate struct {
	metav1.TypeMeta `json:",inline"`

	// metadata is standard object metadata.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec declares the layout.
	// +required
	Spec MessageTemplateSpec `json:"spec"`

	// status is what Crier found out about it.
	// +optional
	// +kubebuilder:default={"observedGeneration":-1}
	Status MessageTemplateStatus `json:"status,omitempty,omitzero"`

	// undecoded is what Undecoded says.
	undecoded string `json:"-"`
}

// MessageTemplateList is a list of MessageTemplates.
//
// +kubebuilder:object:root=true
type MessageTemplateList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []MessageTemplate `json:"items"`
}
