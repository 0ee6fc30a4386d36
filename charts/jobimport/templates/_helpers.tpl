{{- define "jobimport.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Name of a part; (list $ "operator") */}}
{{- define "jobimport.part" -}}
{{- printf "%s-%s" (include "jobimport.fullname" (index . 0)) (index . 1) -}}
{{- end -}}

{{/* What selects a part's pods; (list $ "operator") */}}
{{- define "jobimport.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ default $root.Chart.Name $root.Values.nameOverride }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* Labels of what belongs to a part; (list $ "operator") */}}
{{- define "jobimport.labels" -}}
{{- $root := index . 0 -}}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name ($root.Chart.Version | replace "+" "_") }}
{{ include "jobimport.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
app.kubernetes.io/part-of: jobimport
{{- with $root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* An image with its tag; (list $ .Values.operator.image) */}}
{{- define "jobimport.image" -}}
{{- $image := index . 1 -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository (default (index . 0).Chart.AppVersion $image.tag) -}}
{{- end -}}
{{- end -}}

{{/* A value as text: a whole number in digits, which Helm's own would be 1e+06. */}}
{{- define "jobimport.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}
{{- printf "%.0f" . -}}
{{- else -}}
{{- toString . -}}
{{- end -}}
{{- end -}}

{{/* JSON of a map with all values as text. */}}
{{- define "jobimport.texts" -}}
{{- $texts := dict -}}
{{- range $name, $value := . }}{{ $_ := set $texts $name (include "jobimport.text" $value) }}{{ end -}}
{{- toJson $texts -}}
{{- end -}}

{{/* JSON of requests and limits with all quantities as text. */}}
{{- define "jobimport.quantities" -}}
{{- $both := dict -}}
{{- range $name, $value := . }}{{ $_ := set $both $name (include "jobimport.texts" $value | fromJson) }}{{ end -}}
{{- toJson $both -}}
{{- end -}}

{{/* Literal environment from a map, in the order of its names. */}}
{{- define "jobimport.env" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ include "jobimport.text" $value | quote }}
{{- end }}
{{- end -}}

{{/* Where the stores' URLs are mounted too, so that a part notices a change. */}}
{{- define "jobimport.storesDir" -}}
/var/run/secrets/jobimport-stores
{{- end -}}

{{/* Volume with the stores' URLs; (list $ (dict "redis" "REDIS_URL")) */}}
{{- define "jobimport.storesVolume" -}}
{{- $root := index . 0 -}}
- name: stores
  projected:
    sources:
      {{- range $name, $variable := index . 1 }}
      {{- $store := index $root.Values $name }}
      - secret:
          name: {{ default $root.Values.worker.secret $store.existingSecret }}
          items: [{key: {{ ternary $store.key $variable (not (empty $store.existingSecret)) }}, path: {{ $variable }}}]
          optional: true
      {{- end }}
{{- end -}}

{{/* Environment variable with a store's URL; (list $ "redis" "REDIS_URL") */}}
{{- define "jobimport.storeUrl" -}}
{{- $root := index . 0 -}}
{{- $store := index $root.Values (index . 1) -}}
- name: {{ index . 2 }}
  valueFrom:
    secretKeyRef:
      {{- if $store.existingSecret }}
      name: {{ $store.existingSecret }}
      key: {{ $store.key }}
      {{- else if $root.Values.demo.enabled }}
      name: {{ $root.Values.worker.secret }}
      key: {{ index . 2 }}
      {{- else }}
      {{- fail (printf "%s.existingSecret is empty: name a Secret of namespace %s whose key %s has the URL, or try JobImport with demo.enabled=true" (index . 1) $root.Release.Namespace $store.key) }}
      {{- end }}
{{- end -}}

{{- define "jobimport.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "jobimport.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Where a part's pods run; (.Values.operator) */}}
{{- define "jobimport.placement" -}}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .topologySpreadConstraints }}
topologySpreadConstraints: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{/* JSON of the pools: what a pool does not say is what the workers have in common. */}}
{{- define "jobimport.pools" -}}
{{- $pools := dict -}}
{{- range $name, $pool := .Values.pools -}}
{{- $said := dict -}}
{{- range $key, $value := $pool -}}
{{- if or (kindIs "float64" $value) (kindIs "int64" $value) (kindIs "int" $value) $value -}}
{{- $_ := set $said $key $value -}}
{{- end -}}
{{- end -}}
{{- with $said.env }}{{ $_ := set $said "env" (include "jobimport.texts" . | fromJson) }}{{ end -}}
{{- with $said.resources }}{{ $_ := set $said "resources" (include "jobimport.quantities" . | fromJson) }}{{ end -}}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" "priorityClassName" -}}
{{- $value := index $.Values.worker $key -}}
{{- if and $value (not (hasKey $said $key)) }}{{ $_ := set $said $key $value }}{{ end -}}
{{- end -}}
{{- $_ := set $pools $name $said -}}
{{- end -}}
{{- toJson $pools -}}
{{- end -}}

{{- define "jobimport.probes" -}}
startupProbe:
  httpGet: {path: /livez, port: health}
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /livez, port: health}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /readyz, port: health}
  periodSeconds: 5
  timeoutSeconds: 5
{{- end -}}

{{- define "jobimport.pullSecrets" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* JSON of the environment that all workers get. */}}
{{- define "jobimport.workerEnv" -}}
{{- $worker := .Values.worker -}}
{{- $env := dict
  "BATCH_SIZE" ($worker.batchSize | int | toString)
  "LEASE_SECONDS" (include "jobimport.text" $worker.leaseSeconds)
  "LOG_LEVEL" $worker.logLevel
  "MONGODB_DATABASE" .Values.mongodb.database
  "RETRY_INITIAL_DELAY_SECONDS" (include "jobimport.text" $worker.retry.initialDelaySeconds)
  "RETRY_MAX_ATTEMPTS" ($worker.retry.maxAttempts | int | toString)
  "RETRY_MAX_DELAY_SECONDS" (include "jobimport.text" $worker.retry.maxDelaySeconds)
  "RETRY_MULTIPLIER" (include "jobimport.text" $worker.retry.multiplier)
  "SHUTDOWN_GRACE_SECONDS" (include "jobimport.text" $worker.shutdownGraceSeconds)
  "WORKER_CONCURRENCY" ($worker.concurrency | int | toString) -}}
{{- with $worker.allowedNetworks }}{{ $_ := set $env "ALLOWED_NETWORKS" (join "," .) }}{{ end -}}
{{- range $name, $value := $worker.env }}{{ $_ := set $env $name (include "jobimport.text" $value) }}{{ end -}}
{{- toJson $env -}}
{{- end -}}

{{/* JSON list of the namespaces, the release's first, that a demo's Secrets go to. */}}
{{- define "jobimport.secretNamespaces" -}}
{{- concat (list .Release.Namespace) .Values.namespaces | uniq | toJson -}}
{{- end -}}

{{/* Roles, or a ClusterRole when all namespaces are watched; (list $ "operator" rules-yaml) */}}
{{- define "jobimport.watchRights" -}}
{{- $root := index . 0 -}}
{{- $name := include "jobimport.part" (list $root (index . 1)) -}}
{{- $labels := include "jobimport.labels" (list $root (index . 1)) -}}
{{- $rules := index . 2 -}}
{{- $subject := dict "kind" "ServiceAccount" "name" $name "namespace" $root.Release.Namespace -}}
{{- if not $root.Values.watchNamespaces }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ printf "%s-%s" $root.Release.Namespace $name }}
  labels: {{- $labels | nindent 4 }}
rules: {{- $rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ printf "%s-%s" $root.Release.Namespace $name }}
  labels: {{- $labels | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ printf "%s-%s" $root.Release.Namespace $name }}
subjects: {{- list $subject | toYaml | nindent 2 }}
{{- end }}
{{- range $root.Values.watchNamespaces }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $name }}
  namespace: {{ . }}
  labels: {{- $labels | nindent 4 }}
rules: {{- $rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $name }}
  namespace: {{ . }}
  labels: {{- $labels | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $name }}
subjects: {{- list $subject | toYaml | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What selects the workers' pods, as the operator labels them. */}}
{{- define "jobimport.workerSelector" -}}
app.kubernetes.io/name: jobimport-worker
app.kubernetes.io/managed-by: jobimport-operator
{{- end -}}
