module hookline/test/clients/terraform

go 1.24.0
