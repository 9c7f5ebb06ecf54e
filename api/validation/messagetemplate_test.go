package validation_test

import (
	"strings"
	"testing"
)

const messageTemplate = `
apiVersion: crier.dev/v1alpha1
kind: MessageTemplate
metadata: {name: notice}
spec:
  description: A notice.
  parameters:
  - name: headline
    required: true
  - {name: color, type: Color, default: "#1a4480"}
  html: "<h1>{{ .Values.headline }}</h1>{{ .Body }}"
`

func TestMessageTemplate(t *testing.T) {
	creations(t, messageTemplate, []refusal{
		{"text", `spec: {text: "{{ .Body }}"}`, ""},
		{"no parameters", `spec: {parameters: null}`, ""},
		{"not required and a default", `spec: {parameters: [{name: a, required: false, default: b}]}`, ""},
		{"required and a default", `spec: {parameters: [{name: a, required: true, default: b}]}`, "a required parameter has no default"},
		{"the same parameter twice", `spec: {parameters: [{name: a}, {name: a}]}`, "Duplicate value"},
		{"parameter with a hyphen", `spec: {parameters: [{name: head-line}]}`, "spec.parameters[0].name"},
		{"another type", `spec: {parameters: [{name: a, type: Float}]}`, `Unsupported value: "Float"`},
		{"no html", `spec: {html: null}`, "spec.html: Required value"},
		{"empty html", `spec: {html: ""}`, "spec.html"},
		{"large html", `spec: {html: ` + strings.Repeat("a", 262145) + `}`, "spec.html: Too long"},
	})
}
