-- Health of a JobImport for Argo CD: the value of
-- resource.customizations.health.jobimport.dev_JobImport in the ConfigMap argocd-cm.
-- A failed run is in the message and leaves the import Healthy: the next one may well succeed.
local health = { status = "Progressing", message = "Waiting for the operator to look at it." }
local status = obj.status
if status == nil or status.observedGeneration ~= obj.metadata.generation then
  return health
end
local found = {}
for _, condition in ipairs(status.conditions or {}) do
  found[condition.type] = condition
end
local function is(kind, truth)
  return found[kind] ~= nil and found[kind].status == truth
end
if is("Stalled", "True") then
  health.status, health.message = "Degraded", found["Stalled"].message
elseif is("Reconciling", "True") then
  health.message = found["Reconciling"].message
elseif is("Ready", "False") then
  health.status, health.message = "Degraded", found["Ready"].message
elseif obj.spec.suspend then
  health.status, health.message = "Suspended", "No run starts until spec.suspend is false."
elseif is("Ready", "True") then
  health.status, health.message = "Healthy", found["Ready"].message
  if found["LastRunSucceeded"] ~= nil then
    health.message = found["LastRunSucceeded"].message
  end
end
return health
