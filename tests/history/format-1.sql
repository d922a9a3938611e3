-- What a history of format 1 held: three checks an hour apart, and a probe that feeds no windows.

INSERT INTO series VALUES (1, 'one', 'production', 'eu', 'probe-key', 1790007201000000000, 1790007200000000000);

INSERT INTO runs VALUES (1, X'01900000000070008000000000000001', 1, 'check', 'https://app.example.com', 1790000000000000000, 1790000001000000000, 1, 1, 'ok');
INSERT INTO reports VALUES (1, X'1f8b0800000000000203abe65250502a4ece48cd4d54b252502a4acd484d2c2a4eccd12b4a2dc82f2ad13754e2aae50200e7a2a8c725000000');
INSERT INTO events VALUES (1, 0, 1, 1790000000000000000, 'initial-install', 'initial-install', 'install', 'rehearsal-0123456789ab-0', 'https://rehearsal-x.atlassian.net', 'status.204', 'good', 1);
INSERT INTO health VALUES (1, 1, 1790000000000000000, 'status.200', 'good', 2500);
INSERT INTO runs VALUES (2, X'01900000000070008000000000000002', 1, 'check', 'https://app.example.com', 1790003600000000000, 1790003601000000000, 1, 1, 'ok');
INSERT INTO reports VALUES (2, X'1f8b0800000000000203abe65250502a4ece48cd4d54b252502a4acd484d2c2a4eccd12b4a2dc82f2ad13754e2aae50200e7a2a8c725000000');
INSERT INTO events VALUES (2, 0, 1, 1790003600000000000, 'initial-install', 'initial-install', 'install', 'rehearsal-0123456789ab-0', 'https://rehearsal-x.atlassian.net', 'status.204', 'good', 1);
INSERT INTO health VALUES (2, 1, 1790003600000000000, 'status.200', 'good', 2500);
INSERT INTO runs VALUES (3, X'01900000000070008000000000000003', 1, 'check', 'https://app.example.com', 1790007200000000000, 1790007201000000000, 1, 1, 'ok');
INSERT INTO reports VALUES (3, X'1f8b0800000000000203abe65250502a4ece48cd4d54b252502a4acd484d2c2a4eccd12b4a2dc82f2ad13754e2aae50200e7a2a8c725000000');
INSERT INTO events VALUES (3, 0, 1, 1790007200000000000, 'initial-install', 'initial-install', 'install', 'rehearsal-0123456789ab-0', 'https://rehearsal-x.atlassian.net', 'status.204', 'good', 1);
INSERT INTO health VALUES (3, 1, 1790007200000000000, 'status.200', 'good', 2500);
INSERT INTO runs VALUES (4, X'01900000000070008000000000000004', 1, 'probe', 'https://app.example.com', 1790000000000000000, 1790000001000000000, 1, 0, 'ok');
INSERT INTO reports VALUES (4, X'1f8b0800000000000203abe65250502a4ece48cd4d54b252502a4acd484d2c2a4eccd12b4a2dc82f2ad13754e2aae50200e7a2a8c725000000');
INSERT INTO events VALUES (4, 0, NULL, 1790000000000000000, 'initial-install', 'initial-install', 'install', 'rehearsal-0123456789ab-0', 'https://rehearsal-x.atlassian.net', 'status.204', 'good', 1);

INSERT INTO exclusions VALUES (X'00000000000000000000000000000007', 'a test', 1790000000000000000, NULL, NULL, NULL, NULL, NULL, NULL, 'status.5*', 1790000000000000000);
INSERT INTO memory VALUES ('alert/one', 'kept');
