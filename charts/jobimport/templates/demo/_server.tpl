{{/* A demo server: Deployment and Service; (list $ "redis" values port folders) */}}
{{- define "jobimport.demoServer" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- $values := index . 2 -}}
{{- $port := index . 3 -}}
{{- $folders := index . 4 }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "jobimport.part" (list $root $part) }}
  namespace: {{ $root.Release.Namespace }}
  labels: {{- include "jobimport.labels" (list $root $part) | nindent 4 }}
spec:
  replicas: 1
  strategy:
    type: Recreate
  selector:
    matchLabels: {{- include "jobimport.selector" (list $root $part) | nindent 6 }}
  template:
    metadata:
      labels: {{- include "jobimport.labels" (list $root $part) | nindent 8 }}
    spec:
      automountServiceAccountToken: false
      {{- include "jobimport.pullSecrets" $root | nindent 6 }}
      securityContext: {{- include "jobimport.podSecurity" $root | nindent 8 }}
      containers:
        - name: {{ $part }}
          image: {{ include "jobimport.image" (list $root $values.image) }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          {{- with $values.command }}
          command: {{- toYaml . | nindent 12 }}
          {{- end }}
          {{- with $values.args }}
          args: {{- toYaml . | nindent 12 }}
          {{- end }}
          env: {{- include "jobimport.env" (merge (dict) $values.env (dict "HOME" "/tmp" "TMPDIR" "/tmp")) | nindent 12 }}
          ports:
            - {name: {{ $part }}, containerPort: {{ $port }}}
          readinessProbe:
            tcpSocket: {port: {{ $part }}}
            periodSeconds: 2
          livenessProbe:
            tcpSocket: {port: {{ $part }}}
            periodSeconds: 10
            initialDelaySeconds: 10
          resources: {{- toYaml $values.resources | nindent 12 }}
          securityContext: {{- include "jobimport.containerSecurity" $root | nindent 12 }}
          volumeMounts:
            {{- range $number, $folder := $folders }}
            - {name: data-{{ $number }}, mountPath: {{ $folder }}}
            {{- end }}
      volumes:
        {{- range $number, $folder := $folders }}
        - {name: data-{{ $number }}, emptyDir: {}}
        {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ include "jobimport.part" (list $root $part) }}
  namespace: {{ $root.Release.Namespace }}
  labels: {{- include "jobimport.labels" (list $root $part) | nindent 4 }}
spec:
  selector: {{- include "jobimport.selector" (list $root $part) | nindent 4 }}
  ports:
    - {name: {{ $part }}, port: {{ $port }}, targetPort: {{ $part }}}
{{- end -}}
