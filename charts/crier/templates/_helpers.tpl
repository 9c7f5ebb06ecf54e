{{- /* Prefix of the names of objects: "crier" for a release named crier. */}}
{{- define "crier.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "crier.serviceAccountName" -}}
{{- default (printf "%s-manager" (include "crier.fullname" .)) .Values.serviceAccount.name }}
{{- end }}

{{- define "crier.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: manager
{{- end }}

{{- define "crier.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* Labels and annotations of an object. Takes (list root extraLabels extraAnnotations). */}}
{{- define "crier.metadata" -}}
{{- $root := index . 0 -}}
labels:
  {{- include "crier.labels" $root | nindent 2 }}
  {{- with index . 1 }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with merge dict (index . 2) $root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "crier.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}
{{- end }}

{{- /*
Whether to render the CRD. Takes (list root name digest).
A CRD that an uninstalled release of another name or namespace left behind still
carries that release's mark, and Helm refuses to touch it. As long as it is the
same as ours there is nothing to do, so it is left alone; one that differs is
rendered, and Helm then asks for --take-ownership instead of going on with kinds
of another version.
*/}}
{{- define "crier.crd.wanted" -}}
{{- $root := index . 0 }}
{{- $live := lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" (index . 1) }}
{{- $marks := default dict (dig "metadata" "annotations" dict (default dict $live)) }}
{{- $owner := printf "%s/%s" (get $marks "meta.helm.sh/release-namespace") (get $marks "meta.helm.sh/release-name") }}
{{- $ours := eq $owner (printf "%s/%s" $root.Release.Namespace $root.Release.Name) }}
{{- $same := eq (get $marks "crier.dev/crd-digest") (index . 2) }}
{{- if and $root.Values.crds.install (or $ours (not $same)) }}true{{ end }}
{{- end }}
