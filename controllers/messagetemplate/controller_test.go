package messagetemplate

import (
	"os"
	"testing"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/testing/apitest"
)

var server *apitest.Server

func TestMain(m *testing.M) { os.Exit(apitest.Main(m, &server)) }

func TestTemplate(t *testing.T) {
	w := server.NewWorld(t)
	r := &Reconciler{Client: server.Client, Reader: server.Client, Clock: w.Clock, Recorder: w.Recorder()}
	template := w.Template("plain", "<h1>{{ .Values.headlin }}</h1>{{ .Body }}",
		crier.TemplateParameter{Name: "headline", Required: true},
		crier.TemplateParameter{Name: "colour", Type: crier.ParameterColor, Default: "red"})
	w.Create(template)
	w.Step(r, template)
	w.ExpectOf(template, crier.ConditionStalled, "True", crier.ReasonInvalidTemplate, "line 1: unknown field .Values.headlin: there is no such parameter. Did you mean .Values.headline?")

	template.Spec.HTML = "<h1>{{ .Values.headline }}</h1>{{ .Body }}"
	w.Update(template)
	w.Step(r, template)
	w.ExpectOf(template, crier.ConditionReady, "True", crier.ReasonReady, "2 parameters, required: headline.")

	w.Step(r, template)
	template.Status = crier.MessageTemplateStatus{}
	w.UpdateStatus(template)
	w.Step(r, template)
	w.ExpectOf(template, crier.ConditionReady, "True", crier.ReasonReady, "")

	w.Delete(template)
	w.Reconcile(r, template)
}
